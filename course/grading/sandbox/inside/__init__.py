"""What runs in the sandbox: the runner, and the kernel that it starts."""
