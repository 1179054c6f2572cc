"""The task page: a form, what happened so far, where the case stands; and what an officer does with a work item."""
