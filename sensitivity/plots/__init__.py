"""Figures of a result, one module a figure, all with the same two functions; `catalogue` names them.

``data(tree, output)`` is the tidy table of the figure, and ``plot(tree, output, ax=None)`` draws that table and nothing
else: no number is drawn that is not in the table. ``plot`` returns the axes; their figure is ``ax.figure``.
"""
