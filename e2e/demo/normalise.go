package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What differs between two runs that tell the same.
var (
	ages     = regexp.MustCompile(`^(\d+[dhms])+$`)
	local    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	numbers  = regexp.MustCompile(`\b[1-9]\d{5}\b`) // ids at Gandi; nothing else in the tour has six digits
	ipv4     = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)
	headings = regexp.MustCompile(`^[A-Z][-A-Z0-9]*( {2,}[A-Z][-A-Z0-9]*)+ *$`)
	heading  = regexp.MustCompile(`[A-Z][-A-Z0-9]*`)
)

// aliases stand for what Gandi chose, in the order in which it is first told.
// Which of several VMs is bought first, and so gets which number and address,
// is nobody's to decide.
type aliases struct {
	ids, addresses map[string]string
}

// normalise makes the transcripts of two runs the same if they tell the same:
// ages, ports, ids and addresses, and with them the widths of columns.
func normalise(text string) string {
	known := &aliases{ids: map[string]string{}, addresses: map[string]string{}}
	var done []string
	for lines := strings.Split(strings.Trim(text, "\n"), "\n"); len(lines) > 0; {
		if headings.MatchString(lines[0]) {
			n := tableLength(lines)
			done = append(done, known.table(lines[:n])...)
			lines = lines[n:]
			continue
		}
		done = append(done, strings.TrimRight(known.replace(lines[0]), " \t"))
		lines = lines[1:]
	}
	return strings.Join(done, "\n") + "\n"
}

// tableLength is the number of lines up to the end of a table, at an empty line
// or the next command.
func tableLength(lines []string) int {
	for i, line := range lines {
		if line == "" || strings.HasPrefix(line, "$ ") {
			return i
		}
	}
	return len(lines)
}

// table normalises a table of kubectl cell by cell, and sets it anew.
func (a *aliases) table(lines []string) []string {
	var starts []int
	for _, at := range heading.FindAllStringIndex(lines[0], -1) {
		starts = append(starts, at[0])
	}
	var rows [][]string
	widths := make([]int, len(starts))
	for _, line := range lines {
		cells := cut(line, starts)
		for i, cell := range cells {
			if ages.MatchString(cell) {
				cell = "1m"
			}
			cells[i] = a.replace(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(cells[i]))
		}
		rows = append(rows, cells)
	}
	var set []string
	for _, cells := range rows {
		var line strings.Builder
		for i, cell := range cells {
			fmt.Fprintf(&line, "%-*s", widths[i]+3, cell)
		}
		set = append(set, strings.TrimRight(line.String(), " "))
	}
	return set
}

// cut takes a line of a table apart at the columns' starts.
func cut(line string, starts []int) []string {
	cells := make([]string, len(starts))
	for i, start := range starts {
		end := len(line)
		if i+1 < len(starts) {
			end = min(end, starts[i+1])
		}
		if start < end {
			cells[i] = strings.TrimSpace(line[start:end])
		}
	}
	return cells
}

func (a *aliases) replace(text string) string {
	text = local.ReplaceAllString(text, "127.0.0.1:8069")
	text = numbers.ReplaceAllStringFunc(text, func(id string) string {
		return alias(a.ids, id, "10000%d")
	})
	return ipv4.ReplaceAllStringFunc(text, func(address string) string {
		if address == "127.0.0.1" {
			return address
		}
		return alias(a.addresses, address, "95.142.160.%d")
	})
}

func alias(known map[string]string, what, format string) string {
	if known[what] == "" {
		known[what] = fmt.Sprintf(format, len(known)+1)
	}
	return known[what]
}
