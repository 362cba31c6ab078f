package sshclient

import (
	"strings"
	"unicode"
)

// plain is text of the far end, fit to be shown: valid UTF-8, without control characters
// (line breaks and tabs stay), escapes or characters that turn the reading direction, at
// most limit bytes.
func plain(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	text = strings.ToValidUTF8(text, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), isDirection(r):
			return -1
		default:
			return r
		}
	}, text)
}

// isDirection tells the characters that reorder or hide text.
func isDirection(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200E || r == 0x200F || r == 0x061C || r == 0xFEFF
}

// OneLine is text of a stranger as a single line.
func OneLine(text string, limit int) string { return oneLine(text, limit) }

// oneLine is plain text as a single line.
func oneLine(text string, limit int) string {
	return strings.Join(strings.Fields(plain(text, limit)), " ")
}
