"""Asks the terminal that it runs in what it does with control sequences, as the automatic part of esctest does.

What can be read back is read back: the cursor by CPR, modes by DECRQM, settings by DECRQSS. What stands on the
screen is read by somebody else: after such a case a marker comes on row 20, and a key is awaited ("steps"), or the
terminal is asked cell by cell for checksums, where it has them ("cells": xterm).

python3 suite.py steps|cells RESULT.json
"""

import json
import os
import re
import select
import sys
import termios
import tty

ESC = "\x1b"
CSI = "\x1b["
MARKER_ROW = 20
READ_ROWS = 12
READ_COLS = 40
ANSWER_S = 4.0
# Nothing comes for a question that has no answer; the question after it has one, and ends the wait.
CASES = []
how = sys.argv[1]


def case(group, name):
    def keep(run):
        CASES.append((group, name, run))
        return run

    return keep


# --- talking ------------------------------------------------------------------------------------


def w(*texts):
    data = "".join(texts).encode()
    while data:
        data = data[os.write(1, data) :]


pending = ""


def read_until(pattern, timeout=ANSWER_S):
    """Everything up to and with the pattern; None when it does not come."""
    global pending
    while True:
        found = re.search(pattern, pending)
        if found:
            before, pending = pending[: found.end()], pending[found.end() :]
            return before
        if not select.select([0], [], [], timeout)[0]:
            return None
        pending += os.read(0, 65536).decode("latin-1")


def ask(question):
    """What the terminal answers; '' when it answers nothing."""
    w(question, CSI, "5n")
    got = read_until(re.escape(CSI + "0n"))
    if got is None:
        raise Failed("the terminal does not answer at all")
    return got[: -len(CSI + "0n")]


def pos():
    found = re.search(r"\x1b\[(\d+);(\d+)R", ask(CSI + "6n"))
    if not found:
        raise Failed("no answer to CPR")
    return int(found[1]), int(found[2])


def mode(number, private=True):
    answer = ask("%s%s%d$p" % (CSI, "?" if private else "", number))
    found = re.search(r"\x1b\[\??\d+;(\d)\$y", answer)
    return int(found[1]) if found else None


def setting(what):
    found = re.search(r"\x1bP([01])\$r(.*?)\x1b\\", ask("\x1bP$q%s\x1b\\" % what))
    if not found:
        raise Failed("no answer to DECRQSS %s" % what)
    return found[2] if found[1] == "1" else None


# --- checks -------------------------------------------------------------------------------------


class Failed(Exception):
    pass


def eq(got, expected, what=""):
    if got != expected:
        raise Failed("%sexpected %s, got %s" % (what + ": " if what else "", show(expected), show(got)))


def show(value):
    return json.dumps(value, ensure_ascii=True) if not isinstance(value, tuple) else "%d;%d" % value


class Screen:
    """The first rows, as they should be; spaces at their ends do not count."""

    def __init__(self, rows):
        self.rows = rows


def at(row, col):
    return "%s%d;%dH" % (CSI, row, col)


def fill(rows=5, cols=5):
    """ABCDE, FGHIJ, … from the top left."""
    w(CSI, "2J")
    for row in range(rows):
        w(at(row + 1, 1), "".join(chr(65 + row * cols + col) for col in range(cols)))


def cells():
    rows = []
    for row in range(1, READ_ROWS + 1):
        line = ""
        for col in range(1, READ_COLS + 1):
            answer = ask("%s1;1;%d;%d;%d;%d*y" % (CSI, row, col, row, col))
            found = re.search(r"\x1bP1!~([0-9A-F]{4})\x1b\\", answer)
            if not found:
                raise Failed("no checksums")
            code = int(found[1], 16)
            line += chr(code) if code else " "
        rows.append(line.rstrip())
    return rows


# --- cursor -------------------------------------------------------------------------------------

MOVES = [
    ("CUP goes to row and column", at(6, 3), (6, 3)),
    ("CUP without parameters goes home", at(6, 3) + CSI + "H", (1, 1)),
    ("CUP takes 0 for 1", at(0, 0), (1, 1)),
    ("HVP goes to row and column", CSI + "6;3f", (6, 3)),
    ("CUU goes up", at(6, 3) + CSI + "2A", (4, 3)),
    ("CUU stops at the top", at(6, 3) + CSI + "99A", (1, 3)),
    ("CUU takes 0 for 1", at(6, 3) + CSI + "0A", (5, 3)),
    ("CUD goes down", at(6, 3) + CSI + "2B", (8, 3)),
    ("CUF goes right", at(6, 3) + CSI + "2C", (6, 5)),
    ("CUB goes left", at(6, 3) + CSI + "2D", (6, 1)),
    ("CUB stops at the left", at(6, 3) + CSI + "99D", (6, 1)),
    ("CNL goes to the begin of a line below", at(6, 3) + CSI + "2E", (8, 1)),
    ("CPL goes to the begin of a line above", at(6, 3) + CSI + "2F", (4, 1)),
    ("CHA goes to a column", at(6, 3) + CSI + "9G", (6, 9)),
    ("HPA goes to a column", at(6, 3) + CSI + "9`", (6, 9)),
    ("HPR goes right", at(6, 3) + CSI + "2a", (6, 5)),
    ("VPA goes to a row", at(6, 3) + CSI + "9d", (9, 3)),
    ("VPR goes down", at(6, 3) + CSI + "2e", (8, 3)),
    ("IND goes down", at(6, 3) + ESC + "D", (7, 3)),
    ("NEL goes to the next line's begin", at(6, 3) + ESC + "E", (7, 1)),
    ("RI goes up", at(6, 3) + ESC + "M", (5, 3)),
    ("CR goes to the begin of the line", at(6, 3) + "\r", (6, 1)),
    ("LF goes down", at(6, 3) + "\n", (7, 3)),
    ("VT goes down", at(6, 3) + "\v", (7, 3)),
    ("FF goes down", at(6, 3) + "\f", (7, 3)),
    ("BS goes left", at(6, 3) + "\b", (6, 2)),
    ("BS stops at the left", at(6, 1) + "\b", (6, 1)),
    ("LNM makes LF a new line", CSI + "20h" + at(6, 3) + "\n", (7, 1)),
    ("DECSC and DECRC keep the place", at(6, 3) + ESC + "7" + at(1, 1) + ESC + "8", (6, 3)),
    ("SCOSC and SCORC keep the place", at(6, 3) + CSI + "s" + at(1, 1) + CSI + "u", (6, 3)),
    ("a control byte acts within a sequence", at(6, 3) + CSI + "\b2C", (6, 4)),
    ("CAN ends a sequence", at(6, 3) + CSI + "2\x18", (6, 3)),
    ("an unknown sequence does nothing", at(6, 3) + CSI + "?9;9X", (6, 3)),
    ("a text moves right", at(6, 3) + "abc", (6, 6)),
    ("a wide character takes two columns", at(6, 3) + "漢", (6, 5)),
    ("a combining character takes none", at(6, 3) + "e\u0301", (6, 4)),
    ("a zero-width joiner takes none", at(6, 3) + "a\u200d", (6, 4)),
    ("HT goes to the next eighth column", at(6, 3) + "\t", (6, 9)),
    ("HTS sets a stop", at(6, 5) + ESC + "H" + at(6, 1) + "\t", (6, 5)),
    ("TBC clears a stop", at(6, 9) + CSI + "g" + at(6, 1) + "\t", (6, 17)),
    ("TBC 3 clears all stops", CSI + "3g" + at(6, 1) + "\t", "right"),
    ("CHT goes some stops on", at(6, 3) + CSI + "2I", (6, 17)),
    ("CBT goes some stops back", at(6, 20) + CSI + "2Z", (6, 9)),
    ("DECSTBM goes home", at(6, 3) + CSI + "2;5r", (1, 1)),
    ("CUU stops at the top margin", CSI + "3;8r" + at(5, 3) + CSI + "99A", (3, 3)),
    ("CUD stops at the bottom margin", CSI + "3;8r" + at(5, 3) + CSI + "99B", (8, 3)),
    ("CUU above the margin goes to the top", CSI + "3;8r" + at(2, 3) + CSI + "99A", (1, 3)),
    ("DECOM counts from the margin", CSI + "3;8r" + CSI + "?6h" + at(2, 3), (2, 3)),
    ("DECOM keeps the cursor within", CSI + "3;8r" + CSI + "?6h" + at(99, 3), (6, 3)),
    ("DECSLRM goes home", CSI + "?69h" + at(6, 3) + CSI + "3;8s", (1, 1)),
    ("CUF stops at the right margin", CSI + "?69h" + CSI + "3;8s" + at(6, 5) + CSI + "99C", (6, 8)),
    ("CUB stops at the left margin", CSI + "?69h" + CSI + "3;8s" + at(6, 5) + CSI + "99D", (6, 3)),
    ("CR goes to the left margin", CSI + "?69h" + CSI + "3;8s" + at(6, 5) + "\r", (6, 3)),
    ("a text wraps at the right margin", CSI + "?69h" + CSI + "3;8s" + at(6, 7) + "abc", (7, 4)),
    ("DECRC brings the origin mode back", CSI + "?6h" + ESC + "7" + CSI + "?6l" + CSI + "3;8r" + ESC + "8" + at(1, 1), (1, 1)),
    ("REP repeats the last character", at(6, 3) + "x" + CSI + "3b", (6, 7)),
    ("RIS brings the cursor home", at(6, 3) + ESC + "c", (1, 1)),
    ("DECSTR leaves the cursor", at(6, 3) + CSI + "!p", (6, 3)),
]


def move(sequence, expected):
    def run():
        w(sequence)
        got = pos()
        eq(got, (6, width) if expected == "right" else expected)

    return run


for name, sequence, expected in MOVES:
    case("Cursor and tabs", name)(move(sequence, expected))


@case("Cursor and tabs", "the last column waits before it wraps")
def _():
    w(at(6, width), "x")
    eq(pos(), (6, width))
    w("y")
    eq(pos(), (7, 2))


@case("Cursor and tabs", "without DECAWM the last column is written over")
def _():
    w(CSI, "?7l", at(6, width), "xyz")
    eq(pos(), (6, width))


@case("Cursor and tabs", "a wide character that does not fit wraps")
def _():
    w(at(6, width), "漢")
    eq(pos(), (7, 3))


@case("Cursor and tabs", "reverse wrap goes back to the line above")
def _():
    w(CSI, "?45h", at(6, 1), "\b")
    eq(pos(), (5, width))


@case("Cursor and tabs", "CUP stops at the far corner")
def _():
    w(at(9999, 9999))
    eq(pos(), (height, width))


# --- what stands on the screen ------------------------------------------------------------------

L5 = ["ABCDE", "FGHIJ", "KLMNO", "PQRST", "UVWXY"]


def drawn(name, sequence, rows, before=fill, group="Erase, insert, delete, scroll"):
    def run():
        before()
        w(sequence)
        return Screen(rows)

    case(group, name)(run)


drawn("ED 0 clears to the end", at(3, 3) + CSI + "J", ["ABCDE", "FGHIJ", "KL"])
drawn("ED 1 clears from the begin", at(3, 3) + CSI + "1J", ["", "", "   NO", "PQRST", "UVWXY"])
drawn("ED 2 clears all", at(3, 3) + CSI + "2J", [])
drawn("ED 3 leaves the screen", at(3, 3) + CSI + "3J", L5)
drawn("EL 0 clears to the end of the line", at(3, 3) + CSI + "K", ["ABCDE", "FGHIJ", "KL", "PQRST", "UVWXY"])
drawn("EL 1 clears from its begin", at(3, 3) + CSI + "1K", ["ABCDE", "FGHIJ", "   NO", "PQRST", "UVWXY"])
drawn("EL 2 clears the line", at(3, 3) + CSI + "2K", ["ABCDE", "FGHIJ", "", "PQRST", "UVWXY"])
drawn("ECH clears some characters", at(3, 2) + CSI + "2X", ["ABCDE", "FGHIJ", "K  NO", "PQRST", "UVWXY"])
drawn("DECSEL leaves what is protected", at(1, 1) + "a" + CSI + '1"q' + "bc" + CSI + '0"q' + "de" + at(1, 1) + CSI + "?2K", [" bc"] + L5[1:])
drawn("DECSED leaves what is protected", at(1, 1) + "a" + CSI + '1"q' + "bc" + CSI + '0"q' + "de" + at(1, 1) + CSI + "?2J", [" bc"])
drawn("EL clears what DECSCA protects", at(1, 1) + CSI + '1"q' + "abc" + CSI + '0"q' + at(1, 1) + CSI + "2K", [""] + L5[1:])
drawn("ICH makes room", at(3, 2) + CSI + "2@", ["ABCDE", "FGHIJ", "K  LMNO", "PQRST", "UVWXY"])
drawn("DCH takes characters away", at(3, 2) + CSI + "2P", ["ABCDE", "FGHIJ", "KNO", "PQRST", "UVWXY"])
drawn("IRM makes room for each character", at(3, 2) + CSI + "4hxy" + CSI + "4l", ["ABCDE", "FGHIJ", "KxyLMNO", "PQRST", "UVWXY"])
drawn("IL makes room for lines", at(2, 3) + CSI + "2L", ["ABCDE", "", "", "FGHIJ", "KLMNO", "PQRST", "UVWXY"])
drawn("DL takes lines away", at(2, 3) + CSI + "2M", ["ABCDE", "PQRST", "UVWXY"])
drawn("IL stays within the margins", CSI + "2;4r" + at(3, 1) + CSI + "L", ["ABCDE", "FGHIJ", "", "KLMNO", "UVWXY"])
drawn("IL outside of the margins does nothing", CSI + "2;4r" + at(1, 1) + CSI + "L", L5)
drawn("DL stays within the margins", CSI + "2;4r" + at(2, 1) + CSI + "M", ["ABCDE", "KLMNO", "PQRST", "", "UVWXY"])
drawn("SU scrolls up", CSI + "2S", ["KLMNO", "PQRST", "UVWXY"])
drawn("SD scrolls down", CSI + "2T", ["", ""] + L5)
drawn("SU scrolls within the margins", CSI + "2;4r" + CSI + "S", ["ABCDE", "KLMNO", "PQRST", "", "UVWXY"])
drawn("SD scrolls within the margins", CSI + "2;4r" + CSI + "T", ["ABCDE", "", "FGHIJ", "KLMNO", "UVWXY"])
drawn("LF at the bottom margin scrolls", CSI + "2;4r" + at(4, 1) + "\n", ["ABCDE", "KLMNO", "PQRST", "", "UVWXY"])
drawn("RI at the top margin scrolls", CSI + "2;4r" + at(2, 1) + ESC + "M", ["ABCDE", "", "FGHIJ", "KLMNO", "UVWXY"])
drawn("a text scrolls at the bottom margin", CSI + "2;4r" + at(4, 1) + "x\r\ny", ["ABCDE", "KLMNO", "xQRST", "y", "UVWXY"])
drawn("LF below the margin does not scroll it", CSI + "1;2r" + at(5, 1) + "\n", L5)
drawn("ICH stays within left and right margin", CSI + "?69h" + CSI + "2;4s" + at(3, 2) + CSI + "@", ["ABCDE", "FGHIJ", "K LMO", "PQRST", "UVWXY"])
drawn("DCH stays within left and right margin", CSI + "?69h" + CSI + "2;4s" + at(3, 2) + CSI + "P", ["ABCDE", "FGHIJ", "KMN O", "PQRST", "UVWXY"])
drawn("IL stays within left and right margin", CSI + "?69h" + CSI + "2;4s" + CSI + "2;4r" + at(2, 2) + CSI + "L", ["ABCDE", "F   J", "KGHIO", "PLMNT", "UVWXY"])
drawn("DECIC makes room for a column", at(1, 2) + CSI + "'}", ["A BCDE", "F GHIJ", "K LMNO", "P QRST", "U VWXY"])
drawn("DECDC takes a column away", at(1, 2) + CSI + "'~", ["ACDE", "FHIJ", "KMNO", "PRST", "UWXY"])
drawn("DECBI at the left margin scrolls right", at(1, 1) + ESC + "6", [" ABCDE", " FGHIJ", " KLMNO", " PQRST", " UVWXY"])
drawn("DECFRA fills a rectangle", CSI + "88;2;2;3;4$x", ["ABCDE", "FXXXJ", "KXXXO", "PQRST", "UVWXY"])
drawn("DECERA clears a rectangle", CSI + "2;2;3;4$z", ["ABCDE", "F   J", "K   O", "PQRST", "UVWXY"])
drawn("DECSERA clears a rectangle but what is protected", CSI + "2;2;3;4${", ["ABCDE", "F   J", "K   O", "PQRST", "UVWXY"])
drawn("DECCRA copies a rectangle", CSI + "1;1;2;2;1;4;4;1$v", ["ABCDE", "FGHIJ", "KLMNO", "PQRAB", "UVWFG"])
drawn("REP writes the last character again", at(6, 1) + "x" + CSI + "3b", L5 + ["xxxx"])
drawn("text goes on in the next line", at(6, 1) + "a\r\nb", L5 + ["a", "b"])
drawn("BS and text write over", at(6, 1) + "ab\bc", L5 + ["ac"])
drawn("NUL and DEL write nothing", at(6, 1) + "a\x00b\x7fc", L5 + ["abc"])
drawn("a wide character's half is cleared with it", at(6, 1) + "漢x" + at(6, 2) + "y", L5 + [" yx"])
drawn("DEC graphics draw lines", at(6, 1) + ESC + "(0" + "lqk" + ESC + "(B" + "lqk", L5 + ["┌─┐lqk"])
drawn("SO takes G1, SI takes G0", at(6, 1) + ESC + ")0" + "q\x0eq\x0fq", L5 + ["q─q"])
drawn("SS2 and LS2 take G2", at(6, 1) + ESC + "*0" + ESC + "Nqq" + ESC + "nq" + "\x0f", L5 + ["─q─"])
drawn("DECALN fills the screen", ESC + "#8" + CSI + "1;5r" + at(1, 6) + CSI + "0J", ["EEEEE"])
drawn("DECSTR ends the margins and the insert mode", CSI + "2;4r" + CSI + "4h" + CSI + "!p" + at(4, 1) + "x\n", ["ABCDE", "FGHIJ", "KLMNO", "xQRST", "UVWXY"])
drawn("RIS clears the screen", ESC + "c", [])
drawn("a string that ends by ST shows nothing", at(6, 1) + ESC + "P1;2|text" + ESC + "\\" + ESC + "_x" + ESC + "\\" + ESC + "^x" + ESC + "\\" + "ok", L5 + ["ok"])
drawn("an unknown OSC shows nothing", at(6, 1) + ESC + "]9999;x\x07" + ESC + "]8;;https://a.example\x07" + "link" + ESC + "]8;;\x07", L5 + ["link"])

GROUP = "Screens"
drawn("1049 shows another screen, and clears it", CSI + "?1049h", [], group=GROUP)
drawn("1049 brings the first one back", CSI + "?1049h" + at(1, 1) + "other" + CSI + "?1049l", L5, group=GROUP)
drawn("47 keeps what the other screen shows", CSI + "?47h" + CSI + "2J" + at(1, 1) + "other" + CSI + "?47l" + CSI + "?47h", ["other"], group=GROUP)
drawn("1047 clears the other screen when it is left", CSI + "?1047h" + at(1, 1) + "other" + CSI + "?1047l" + CSI + "?1047h", [], group=GROUP)


@case(GROUP, "1049 keeps the cursor")
def _():
    w(at(6, 3), CSI, "?1049h", at(9, 9), CSI, "?1049l")
    eq(pos(), (6, 3))


@case(GROUP, "1048 keeps the cursor")
def _():
    w(at(6, 3), CSI, "?1048h", at(9, 9), CSI, "?1048l")
    eq(pos(), (6, 3))


# --- modes --------------------------------------------------------------------------------------

MODES = [
    (1, "DECCKM, cursor keys of applications"),
    (5, "DECSCNM, reverse video"),
    (6, "DECOM, origin"),
    (7, "DECAWM, wrapping"),
    (9, "X10 mouse"),
    (12, "blinking cursor"),
    (25, "DECTCEM, visible cursor"),
    (45, "reverse wrap"),
    (47, "alternate screen, 47"),
    (66, "DECNKM, keypad of applications"),
    (69, "DECLRMM, left and right margins"),
    (1000, "mouse buttons"),
    (1002, "mouse drags"),
    (1003, "mouse moves"),
    (1004, "focus"),
    (1005, "mouse in UTF-8"),
    (1006, "mouse in SGR"),
    (1007, "wheel as arrows"),
    (1016, "mouse in pixels"),
    (1047, "alternate screen, 1047"),
    (1049, "alternate screen, 1049"),
    (2004, "bracketed paste"),
    (2026, "synchronized output"),
]


def switch(number, private=True):
    def run():
        mark = "?" if private else ""
        w("%s%s%dh" % (CSI, mark, number))
        on = mode(number, private)
        w("%s%s%dl" % (CSI, mark, number))
        off = mode(number, private)
        eq([on, off], [1, 2], "DECRQM after set and reset")

    return run


for number, name in MODES:
    case("Modes", "DECRQM tells %s (?%d)" % (name, number))(switch(number))
for number, name in [(4, "IRM, insert"), (20, "LNM, new line")]:
    case("Modes", "DECRQM tells %s (%d)" % (name, number))(switch(number, False))


@case("Modes", "DECRQM says that it does not know a mode")
def _():
    eq(mode(9999), 0)


@case("Modes", "several modes in one sequence")
def _():
    w(CSI, "?7;25l")
    eq([mode(7), mode(25)], [2, 2])
    w(CSI, "?7;25h")
    eq([mode(7), mode(25)], [1, 1])


@case("Modes", "XTSAVE and XTRESTORE keep a mode")
def _():
    w(CSI, "?7l", CSI, "?7s", CSI, "?7h", CSI, "?7r")
    eq(mode(7), 2)


@case("Modes", "RIS ends modes")
def _():
    w(CSI, "?2004h", CSI, "?1000h", CSI, "?6h", ESC, "c")
    eq([mode(2004), mode(1000), mode(6)], [2, 2, 2])


# --- answers ------------------------------------------------------------------------------------


def answers(name, question, pattern):
    def run():
        got = ask(question)
        if not re.fullmatch(pattern, got):
            raise Failed("got %s" % show(got))

    case("Answers", name)(run)


answers("DA1 says what it is", CSI + "c", r"\x1b\[\?6\d(;\d+)*c")
answers("DECID does, too", ESC + "Z", r"\x1b\[\?6\d(;\d+)*c")
answers("DA2 says which version", CSI + ">c", r"\x1b\[>\d+;\d+;\d+c")
answers("DA3 says which unit", CSI + "=c", r"\x1bP!\|[0-9A-F]{8}\x1b\\")
answers("DSR 5 says that all is well", "", r"")
answers("DECXCPR says the place", at(6, 3) + CSI + "?6n", r"\x1b\[\?6;3(;\d+)?R")
answers("XTVERSION names the program", CSI + ">q", r"\x1bP>\|[ -~]+\x1b\\")
answers("OSC 4 tells a colour", ESC + "]4;1;?" + ESC + "\\", r"\x1b\]4;1;rgb:[0-9a-f]+/[0-9a-f]+/[0-9a-f]+(\x07|\x1b\\)")
answers("OSC 10 tells the text's colour", ESC + "]10;?" + ESC + "\\", r"\x1b\]10;rgb:[0-9a-f/]+(\x07|\x1b\\)")
answers("OSC 11 tells the background's colour", ESC + "]11;?" + ESC + "\\", r"\x1b\]11;rgb:[0-9a-f/]+(\x07|\x1b\\)")
answers("OSC 12 tells the cursor's colour", ESC + "]12;?" + ESC + "\\", r"\x1b\]12;rgb:[0-9a-f/]+(\x07|\x1b\\)")
answers("14 t tells the size in pixels", CSI + "14t", r"\x1b\[4;\d+;\d+t")
answers("16 t tells the size of a cell", CSI + "16t", r"\x1b\[6;\d+;\d+t")
answers("18 t tells the size in cells", CSI + "18t", r"\x1b\[8;\d+;\d+t")
answers("21 t, a title, is not typed back", CSI + "21t", r"")
answers("OSC 52, the clipboard, is not typed back", ESC + "]52;c;?\x07", r"")
answers("ENQ types nothing", "\x05", r"")
answers("DECRQCRA tells a checksum", CSI + "1;1;1;1;1;1*y", r"\x1bP1!~[0-9A-F]{4}\x1b\\")
answers("DECRQSS says that it does not know a setting", "\x1bP$qzz\x1b\\", r"\x1bP0\$r(zz)?\x1b\\")
answers("kitty's keyboard protocol tells its flags", CSI + ">1u" + CSI + "?u" + CSI + "<u", r"\x1b\[\?1u")


@case("Answers", "OSC 4 sets a colour, OSC 104 takes it back")
def _():
    first = ask(ESC + "]4;1;?" + ESC + "\\")
    w(ESC, "]4;1;#123456", ESC, "\\")
    changed = ask(ESC + "]4;1;?" + ESC + "\\")
    w(ESC, "]104;1", ESC, "\\")
    eq("rgb:1212/3434/5656" in changed, True, "changed")
    eq(ask(ESC + "]4;1;?" + ESC + "\\"), first, "taken back")


@case("Answers", "OSC 11 sets the background, OSC 111 takes it back")
def _():
    first = ask(ESC + "]11;?" + ESC + "\\")
    w(ESC, "]11;#123456", ESC, "\\")
    changed = ask(ESC + "]11;?" + ESC + "\\")
    w(ESC, "]111", ESC, "\\")
    eq("rgb:1212/3434/5656" in changed, True, "changed")
    eq(ask(ESC + "]11;?" + ESC + "\\"), first, "taken back")


@case("Answers", "DECRQSS tells the margins")
def _():
    w(CSI, "3;8r")
    eq(setting("r"), "3;8r")


@case("Answers", "DECRQSS tells left and right margin")
def _():
    w(CSI, "?69h", CSI, "3;8s")
    eq(setting("s"), "3;8s")


@case("Answers", "DECRQSS tells what is protected")
def _():
    w(CSI, '1"q')
    eq(setting('"q'), '1"q')


for style in range(1, 7):

    def cursor(style=style):
        w(CSI, "%d q" % style)
        eq(setting(" q"), "%d q" % style)

    case("Answers", "DECSCUSR %d is told by DECRQSS" % style)(cursor)


# --- renditions ---------------------------------------------------------------------------------

RENDITIONS = [
    ("bold", "1", {"1"}),
    ("dim", "2", {"2"}),
    ("italic", "3", {"3"}),
    ("underlined", "4", {"4", "4:1"}),
    ("underlined twice", "21", {"21", "4:2"}),
    ("blinking", "5", {"5"}),
    ("inverse", "7", {"7"}),
    ("invisible", "8", {"8"}),
    ("struck out", "9", {"9"}),
    ("a colour", "31", {"31", "38:5:1", "38;5;1"}),
    ("a background", "42", {"42", "48:5:2", "48;5;2"}),
    ("a bright colour", "91", {"91", "38:5:9", "38;5;9"}),
    ("a bright background", "102", {"102", "48:5:10", "48;5;10"}),
    ("a colour of 256", "38;5;123", {"38:5:123", "38;5;123"}),
    ("a background of 256", "48;5;123", {"48:5:123", "48;5;123"}),
    ("a colour of 256 by colons", "38:5:123", {"38:5:123", "38;5;123"}),
    ("a true colour", "38;2;1;2;3", {"38:2::1:2:3", "38;2;1;2;3", "38:2:1:2:3"}),
    ("a true background", "48;2;1;2;3", {"48:2::1:2:3", "48;2;1;2;3", "48:2:1:2:3"}),
    ("a true colour by colons", "38:2::1:2:3", {"38:2::1:2:3", "38;2;1;2;3", "38:2:1:2:3"}),
]


def rendition(sent, allowed):
    def run():
        w(CSI, "0m", CSI, sent, "m")
        got = setting("m")
        # "0;" before it means that it begins from nothing.
        told = re.sub(r"^0;", "", (got or "")[:-1])
        w(CSI, "0m")
        if told not in allowed:
            raise Failed("got %s" % show(got))
        eq(setting("m"), "0m", "after SGR 0")

    return run


for name, sent, allowed in RENDITIONS:
    case("Renditions", "SGR %s: %s" % (sent, name))(rendition(sent, allowed))

ENDS = [("22", "1"), ("22", "2"), ("23", "3"), ("24", "4"), ("24", "21"), ("25", "5"), ("27", "7"), ("28", "8"), ("29", "9"), ("39", "31"), ("39", "38;2;1;2;3"), ("49", "48;5;9")]
for end, begun in ENDS:

    def ended(end=end, begun=begun):
        w(CSI, "0m", CSI, begun, "m", CSI, end, "m")
        eq(setting("m"), "0m")

    case("Renditions", "SGR %s ends SGR %s" % (end, begun))(ended)


@case("Renditions", "several renditions in one sequence")
def _():
    w(CSI, "0m", CSI, "1;3;9m")
    told = set(re.split(r";", (setting("m") or "")[:-1])) - {"0"}
    eq(sorted(told), ["1", "3", "9"])


@case("Renditions", "DECSC and DECRC keep the rendition")
def _():
    w(CSI, "1m", ESC, "7", CSI, "0m", ESC, "8")
    eq(re.sub(r"^0;", "", setting("m") or ""), "1m")


@case("Renditions", "DECSTR ends renditions")
def _():
    w(CSI, "1m", CSI, "!p")
    eq(setting("m"), "0m")


# --- running ------------------------------------------------------------------------------------


def clean():
    """As new, by what every terminal has; RIS is a case of its own."""
    w(CSI, "?1049l", CSI, "?47l", CSI, "?69l", CSI, "?6l", CSI, "?7h", CSI, "?45l", CSI, "!p", CSI, "4l", CSI, "20l")
    w(CSI, "r", CSI, "0m", CSI, '0"q', ESC, "(B", ESC, ")B", ESC, "*B", "\x0f", CSI, "?25h", CSI, "2 q", CSI, "2J", CSI, "H")
    w(CSI, "3g")
    for col in range(9, width, 8):
        w(at(1, col), ESC, "H")
    w(CSI, "H")


def marked(index):
    """Shows that the screen is ready to be read, and waits for a key."""
    w(CSI, "?69l", CSI, "r", CSI, "?6l", CSI, "4l", ESC, "(B", "\x0f", at(MARKER_ROW, 1), "ready:%d:" % index)
    if read_until("n", 60) is None:
        raise Failed("nobody read the screen")


old = termios.tcgetattr(0)
tty.setraw(0)
results = []
try:
    w(CSI, "?1049l", ESC, "c", at(9999, 9999))
    height, width = pos()
    for index, (group, name, run) in enumerate(CASES):
        clean()
        result = {"group": group, "name": name, "fault": None}
        try:
            screen = run()
            if screen is not None:
                if how == "cells":
                    eq(cells(), screen.rows + [""] * (READ_ROWS - len(screen.rows)))
                else:
                    result["rows"] = screen.rows
                    result["index"] = index
                    marked(index)
        except Failed as fault:
            result["fault"] = str(fault)
        results.append(result)
    clean()
    w("finished\r\n")
finally:
    termios.tcsetattr(0, termios.TCSADRAIN, old)
    with open(sys.argv[2], "w") as out:
        json.dump(results, out, ensure_ascii=False)
