PACKAGE_FILES = debian/changelog debian/control debian/copyright debian/passerelle.dirs debian/passerelle.docs \
	debian/passerelle.examples debian/passerelle.install debian/passerelle.postinst debian/passerelle.postrm \
	debian/rules debian/source/format debian/source/options
TESTS += packaging/test_files.sh
EXTRA_DIST += $(PACKAGE_FILES) packaging/test_files.sh packaging/test-package.sh systemd/passerelle.service \
	$(GUIDES) Containerfile .dockerignore

# The package, beside the source tree. Its own build runs the tests unless DEB_BUILD_OPTIONS says nocheck.
deb:
	cd $(srcdir) && dpkg-buildpackage -b -us -uc

# Built, installed, upgraded, removed and purged in a clean Debian 12: root, and some minutes.
check-package:
	$(SHELL) $(srcdir)/packaging/test-package.sh

.PHONY: deb check-package
