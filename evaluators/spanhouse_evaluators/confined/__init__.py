"""Users' own evaluators, each in a process of its own with bounds on time, memory and network."""
