"""組織: the tree, people, roles, and who may do what where."""
