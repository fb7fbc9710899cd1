"""The chat page: ask, see the answer grow, click a citation, see the printed words."""
