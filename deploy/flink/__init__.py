"""A Flink cluster for straitwire: jars, configuration, Python workers, and a cluster on this machine."""
