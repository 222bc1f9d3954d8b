"""straitwire as a flex template of Dataflow."""
