"""The Beam transforms, one stage a module; ``flow.py`` lists them in order."""
