"""What models call at the beginnings and ends of training, epochs and batches."""
