# Curves as an SVG file. Input, tab-separated: series, x, y [, lowest, highest]. Both axes are logarithmic.
#   awk -v title="CPU" -v xname="schools at once" -v yname="seconds" -f plot.awk data.tsv >plot.svg
BEGIN {
	FS = "\t"
	W = 640; H = 380; L = 70; R = 150; T = 40; B = 50
	split("#0b6e99 #c2410c #4d7c0f #7e22ce #475569", colour, " ")
}
NF >= 3 {
	if (!($1 in seen)) { seen[$1] = ++series; name[series] = $1 }
	s = seen[$1]; n = ++count[s]
	X[s, n] = $2; Y[s, n] = $3; low[s, n] = NF >= 5 ? $4 : $3; high[s, n] = NF >= 5 ? $5 : $3
	if (!any || $2 < x0) x0 = $2
	if (!any || $2 > x1) x1 = $2
	if (!any || low[s, n] < y0) y0 = low[s, n]
	if (!any || high[s, n] > y1) y1 = high[s, n]
	any = 1
}
function lg(v) { return log(v > 0 ? v : 1e-9) / log(10) }
function floor(v) { return v == int(v) ? v : (v < 0 ? int(v) - 1 : int(v)) }
function px(x) { return L + (W - L - R) * (x1 > x0 ? (lg(x) - lg(x0)) / (lg(x1) - lg(x0)) : 0.5) }
function py(y) { return H - B - (H - T - B) * (lg(y) - a) / (b - a) }
END {
	if (!any) exit 1
	a = floor(lg(y0)); b = floor(lg(y1)) + 1
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", W, H
	printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"%d\" y=\"22\" font-size=\"15\" fill=\"#111\">%s</text>\n", W, H, L, title
	for (k = a; k <= b; k++) {
		y = py(10 ^ k)
		printf "<path d=\"M%d %.1fH%d\" stroke=\"#e5e7eb\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555\">%g</text>\n", L, y, W - R, L - 8, y + 4, 10 ^ k
	}
	for (n = 1; n <= count[1]; n++)
		printf "<path d=\"M%.1f %dV%d\" stroke=\"#f3f4f6\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%g</text>\n", px(X[1, n]), T, H - B, px(X[1, n]), H - B + 18, X[1, n]
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#333\">%s</text>\n", (L + W - R) / 2, H - 10, xname
	printf "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\" fill=\"#333\">%s</text>\n", (T + H - B) / 2, yname
	for (s = 1; s <= series; s++) {
		c = colour[(s - 1) % 5 + 1]; path = ""
		for (n = 1; n <= count[s]; n++) {
			path = path sprintf("%s%.1f %.1f", n == 1 ? "M" : "L", px(X[s, n]), py(Y[s, n]))
			printf "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", px(X[s, n]), py(low[s, n]), py(high[s, n]), c, px(X[s, n]), py(Y[s, n]), c
		}
		printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%s</text>\n", path, c, W - R + 8, py(Y[s, count[s]]) + 4, c, name[s]
	}
	print "</svg>"
}
