"""Times of kernels measured on graphics processors, as tables; `measured_kernels` reads them.

Source: thinned from the profiling data of Vidur (Agrawal et al., 2024, arXiv:2405.05465), github.com/microsoft/vidur,
MIT License, Copyright (c) Microsoft Corporation; the file LICENSE beside this one holds it.
"""
