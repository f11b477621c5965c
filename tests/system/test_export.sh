#!/bin/sh
# export payroll on the command line; what stands in it is looked at in tests/unit/test_tenant.c.
. "${srcdir:-.}/tests/system/lib.sh"
day=$(TZ=Europe/Paris date +%F)
last=$(TZ=Europe/Paris date -d "$day + 6 days" +%F)
sim --seed 3 --learners 5 --groups 1
p sync cfa-lyon down >"$dir/out" 2>&1
p export payroll cfa-lyon --from "$day" --to "$last" >"$dir/none.csv"
is $? 0 "nothing yet is a table without lines"
is "$(wc -l <"$dir/none.csv")" 1 "but with its head"
is "$(tr -d '\r' <"$dir/none.csv")" environment,date,start,end,session,name,instructor,last_name,first_name,attendance,minutes,sent "which names the columns"
is "$(grep -c "$(printf '\r')\$" "$dir/none.csv")" 1 "lines end as RFC 4180 says"
is "$(p export payroll cfa-lyon --from "$day" --to "$last" --json | tr -d ' \n')" "[]" "the same as JSON"
p export payroll cfa-lyon --from "$last" --to "$day" 2>"$dir/err"
is $? 1 "the last day is not before the first"
p export payroll cfa-lyon --from "$day" 2>"$dir/err"
is $? 1 "both days are needed"
p export wages cfa-lyon --from "$day" --to "$last" 2>"$dir/err"
is $? 1 "there is no other export"
p export payroll nobody --from "$day" --to "$last" 2>"$dir/err"
is $? 1 "nor another school"
done_testing
