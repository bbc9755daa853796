"""Stochastic kernels made from the same declaration as the kernel of ordinary differential equations."""
