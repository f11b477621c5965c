bin_PROGRAMS += passerelle
passerelle_SOURCES = core/app/main.c
passerelle_LDADD = $(TENANTS_LINK) $(ADAPTERS_LINK)
