"""The graph's own arithmetic on images: resizing, colours, boxes. What is composed of it is in tangraph-datasets."""
