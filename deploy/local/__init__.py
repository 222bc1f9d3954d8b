"""The main job on this machine, and the newsroom it is shown on."""
