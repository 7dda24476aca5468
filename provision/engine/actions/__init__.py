"""The controller-side halves of tasks, one file each; ``registry`` lists them."""
