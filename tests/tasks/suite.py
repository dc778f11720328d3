"""All jobs."""

from tests.tasks import fields, gestures, people, reading

TASKS = (*fields.TASKS, *gestures.TASKS, *reading.TASKS, *people.TASKS)
