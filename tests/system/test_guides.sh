#!/bin/sh
# The guides, played: each command that stands in one is typed, in order, against a simulated school. In a guide
#   <!-- act: NAME -->   says what happened in the world before the next command
#   <!-- exit N -->      how the commands of the next block end; else with 0
# PLAN, 4711 and 90210 stand for the plan that waits, a learner's code and a session's.
. "${srcdir:-.}/tests/system/lib.sh"
guides=${srcdir:-.}/docs/guides
case $guides in /*) ;; *) guides=$(pwd)/$guides ;; esac

# A school of its own for each guide.
begin() {
	sim --seed 3 --learners 20 --groups 2
	school=$dir/conf/tenants.d/my-school.json
	mv "$dir/conf/tenants.d/cfa-lyon.json" "$school"
	cp "$school" "$dir/school.json"
}
leave() {
	kill "$sim_pid" 2>/dev/null
	wait "$sim_pid" 2>/dev/null
	sim_pid=
	rm -rf "$dir/conf" "$dir/ledger" "$dir/ready"
}

change() { sed "$1" "$dir/school.json" >"$school"; }
quietly() { p "$@" >/dev/null 2>>"$dir/err"; }
act() { # act NAME
	case $1 in
	shadow) change 's/"timezone"/"mode": "shadow", "timezone"/' ;;
	"live beside another connector")
		# the sheets there bear codes of something else
		change 's/"timezone"/"paused": false, "timezone"/'
		quietly sync my-school down
		rm -rf "$dir/conf/data"
		change 's/"ypareo": *{/"ypareo": { "session_states": ["pending"],/'
		;;
	"many sessions vanish")
		cat "$dir/school.json" >"$school"
		quietly sync my-school down
		change 's/"ypareo": *{/"ypareo": { "session_states": ["pending"],/'
		;;
	"many sessions vanish again")
		act "many sessions vanish"
		quietly sync my-school down
		;;
	*) echo "# there is no act «$1»" && return 1 ;;
	esac
}

plan() { p --json status my-school | q tenants.0.environments.0.plans.0.plan 2>/dev/null; }
code() { # code KIND: of the first one that was made there
	grep -F '"method":"POST"' "$dir/ledger" | grep -F "\"path\":\"/v1/$1\"" | grep -o 'API_ID[^0-9]*[0-9]*' | head -1 | grep -o '[0-9]*$'
}

# One line as it stands in the guide; $1 what it must end with.
type_it() {
	wanted=$1
	line=${2%%#*}
	said=$(printf '%s' "$line" | sed 's/ *$//')
	case $line in *PLAN*) line=$(printf '%s' "$line" | sed "s/PLAN/$(plan)/") ;; esac
	case $line in *4711*) line=$(printf '%s' "$line" | sed "s/4711/$(code student)/") ;; esac
	case $line in *90210*) line=$(printf '%s' "$line" | sed "s/90210/$(code course)/") ;; esac
	eval "p ${line#passerelle}" >"$dir/out" 2>"$dir/err"
	got=$?
	is "$got" "$wanted" "$guide: $said"
	[ "$got" = "$wanted" ] || sed 's/^/# /' "$dir/out" "$dir/err"
}

play() { # play GUIDE
	guide=$1
	typed=0
	exit=0
	inside=no
	begin
	while IFS= read -r text <&3; do
		case $text in
		"<!-- act: "*)
			name=${text#<!-- act: }
			act "${name% -->}"
			;;
		"<!-- exit "*)
			exit=${text#<!-- exit }
			exit=${exit% -->}
			;;
		'```sh')
			inside=yes
			;;
		'```')
			[ "$inside" = no ] || exit=0
			inside=no
			;;
		"passerelle "*)
			[ "$inside" = yes ] || continue
			type_it "$exit" "$text"
			typed=$((typed + 1))
			;;
		esac
	done 3<"$guides/$guide"
	ok "$([ "$typed" -gt 0 ]; echo $?)" "$guide: has commands to type"
	leave
}

for path in "$guides"/*.md; do
	name=${path##*/}
	# installing is another machine's business: packaging/test-package.sh
	[ "$name" = install.md ] || play "$name"
done
done_testing
