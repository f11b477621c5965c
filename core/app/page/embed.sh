#!/bin/sh
# Turns the page's files into one C file: embed.sh FILE… >assets.c
echo '/* Made by core/app/page/embed.sh from the files beside it. */'
echo '#include "core/app/page_assets.h"'
echo
table=
for file in "$@"; do
	name=${file##*/}
	case $name in
	*.html) type='text/html; charset=utf-8' ;;
	*.css) type='text/css; charset=utf-8' ;;
	*.js) type='text/javascript; charset=utf-8' ;;
	*.svg) type='image/svg+xml' ;;
	*.json) type='application/json' ;;
	*) echo "$0: $name: of what type is it?" >&2; exit 1 ;;
	esac
	variable=$(echo "$name" | tr -c 'a-z0-9\n' _)
	echo "static const unsigned char ${variable}[] = {"
	od -An -v -tu1 "$file" | sed -e 's/^ */	/' -e 's/  */, /g' -e 's/$/,/' || exit 1
	echo '};'
	table="$table	{ \"$name\", \"$type\", { (const char *)$variable, sizeof($variable) } },
"
done
echo
echo 'const struct page_asset page_assets[] = {'
printf '%s' "$table"
echo '	{ 0, 0, { 0, 0 } },'
echo '};'
