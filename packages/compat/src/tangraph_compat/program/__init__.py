"""What `tf.*` has for programs as such: flags, `tf.app`, files that come with a package."""
