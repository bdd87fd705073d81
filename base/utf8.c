/*
 * utf8: what of a byte string may be shown to a person.
 */
#include "base/utf8.h"

static bool
is_shown(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if (c >= 0xd800 && c < 0xe000)
		return false;
	if (c == 0x200e || c == 0x200f || c == 0xfeff || c == 0x061c)
		return false;
	if (c >= 0x2028 && c <= 0x202e)
		return false;
	return c < 0x2066 || c > 0x2069;
}

size_t
utf8_sequence(const uint8_t *p, size_t n, bool *shown)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	uint32_t c;

	*shown = false;
	if (p[0] < 0x80) {
		*shown = is_shown(p[0]);
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] < 0xf0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		len = 4;
	else
		return 1;
	if (n < len)
		return 1;
	c = p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff)
		return 1;
	if (c >= 0xd800 && c < 0xe000)
		return 1;
	*shown = is_shown(c);
	return len;
}

bool
utf8_is_plain(const char *s, size_t n)
{
	size_t i = 0;
	bool shown;

	while (i < n) {
		i += utf8_sequence((const uint8_t *)s + i, n - i, &shown);
		if (!shown)
			return false;
	}
	return true;
}
