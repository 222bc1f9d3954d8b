"""Roles with the fewest privileges that each task needs; ``deploy/elasticsearch/roles.yml`` holds them as a file.

* ``PREFIX_writer`` puts documents under ids: nothing else. For a sink of another program.
* ``PREFIX_ingest`` runs the pipeline. Besides writing it has to read: which entries are known and pending, the states
  of feeds, the signatures and stories of earlier articles, tombstones and tables; and to delete documents: dead letters
  that are settled, stories that lost their members, what is forgotten. It creates no index and changes no mapping.
* ``PREFIX_reader`` searches, and nothing else.
* ``PREFIX_setup`` creates templates and indices, and migrates: the only one that manages indices, and only ours.

Source: Elasticsearch reference 8.19, "Security privileges" and "Create or update roles".
"""

from __future__ import annotations

from typing import Any

import yaml

Body = dict[str, Any]

_PUT_DOCUMENTS = ["indices:data/write/index*", "indices:data/write/bulk*"]
"""Actions: each privilege with a name that writes (``index``, ``create``, ``write``) may change mappings, too."""


def roles(prefix: str) -> dict[str, Body]:
    """The four roles by name, as the API takes them."""
    return {
        f"{prefix}_ingest": _role(prefix, [], ["read", *_PUT_DOCUMENTS, "delete", "view_index_metadata"]),
        f"{prefix}_reader": _role(prefix, [], ["read", "view_index_metadata"]),
        f"{prefix}_setup": _role(
            prefix,
            # The last is no named privilege but the action by which setup finds out what the server can analyse.
            ["monitor", "manage_index_templates", "manage_ilm", "manage_search_synonyms", "cluster:admin/analyze"],
            ["manage", "read", "index", "delete"],
        ),
        f"{prefix}_writer": _role(prefix, [], list(_PUT_DOCUMENTS)),
    }


def _role(prefix: str, cluster: list[str], privileges: list[str]) -> Body:
    return {"cluster": cluster, "indices": [{"names": [f"{prefix}-*"], "privileges": privileges}]}


def roles_file(prefix: str) -> str:
    """The same as ``roles.yml`` of a server's configuration folder."""
    head = "# Roles of straitwire: connectors/elasticsearch_roles.py says what each is for.\n"
    return head + yaml.safe_dump(roles(prefix), sort_keys=True, default_flow_style=None, width=120)
