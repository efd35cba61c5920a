"""Template tags of the shared components (docs/reference/ui-components.md). They are built in: no ``{% load %}`` needed."""

from django import template

from sekisho.web.templatetags.sekisho_ui import blocks, figures, forms, lists, marks, moments

register = template.Library()
for _part in (marks, moments, lists, figures, forms, blocks):
    register.tags.update(_part.register.tags)
    register.filters.update(_part.register.filters)
