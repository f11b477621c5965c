# Each command in them is typed by tests/system/test_guides.sh.
GUIDES = docs/guides/install.md docs/guides/first-school.md docs/guides/moving-over.md docs/guides/september.md \
	docs/guides/rights-in-ypareo.md docs/guides/held-plan.md

# Manual pages, schemas for editors, examples. What stands in them is held against the program by tests/unit/test_docs and
# tests/check-docs.sh; `make schemas` writes the schemas anew behind a change of the tables.
dist_man_MANS += docs/man/passerelle.1 docs/man/passerelle-sim.1 docs/man/passerelle-bench.1 docs/man/passerelle.5 docs/man/passerelle-tenant.5

schemadir = $(pkgdatadir)
dist_schema_DATA = docs/schema/tenant.schema.json docs/schema/passerelle.schema.json

examplesdir = $(docdir)/examples
dist_examples_DATA = docs/examples/passerelle.json
exampleschoolsdir = $(examplesdir)/tenants.d
dist_exampleschools_DATA = docs/examples/tenants.d/cfa-lyon.json

TESTS += tests/check-docs.sh
EXTRA_DIST += tests/check-docs.sh docs/steps.md docs/performance.md docs/proof.md docs/threat-model.md

schemas: passerelle
	./passerelle schema tenant >$(srcdir)/docs/schema/tenant.schema.json
	./passerelle schema passerelle >$(srcdir)/docs/schema/passerelle.schema.json
.PHONY: schemas
