# The page in a browser. What it needs from npm is for this test alone, and fetched only when somebody asks: make page-tools.
TESTS += tests/page/test_browser.sh
EXTRA_DIST += tests/page/test_browser.sh tests/page/page.mjs tests/page/shot.mjs tests/page/package.json tests/page/package-lock.json

page-tools:
	@$(MKDIR_P) tests/page
	cp -f $(srcdir)/tests/page/package.json $(srcdir)/tests/page/package-lock.json tests/page/
	chmod u+w tests/page/package.json tests/page/package-lock.json
	cd tests/page && npm ci --ignore-scripts --no-audit --no-fund

# Pictures of every page stay in tests/page/pictures.
check-page: passerelle passerelle-sim
	$(MAKE) check TESTS=tests/page/test_browser.sh

distclean-local:
	rm -rf tests/page/node_modules tests/page/pictures tests/page/page.run.mjs tests/page/package.json tests/page/package-lock.json

.PHONY: page-tools check-page
