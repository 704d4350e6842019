package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"perennial"
)

// usage is a command line that cannot be read.
func usage(cmd *cobra.Command, sentence perennial.Text) *perennial.Error {
	return perennial.NewError(perennial.KindInvalid, "usage", sentence).
		WithHint(perennial.Say("%s --help 列出用法。", "%s --help shows how it is used.", cmd.CommandPath()))
}

// exactly asks for as many arguments as the command's use names.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < n:
			return usage(cmd, perennial.Say("命令“%s”还缺 %s。", "The command %q needs %s.", cmd.CommandPath(), strings.Fields(cmd.Use)[1+len(args)]))
		case len(args) > n:
			return usage(cmd, perennial.Say("命令“%[1]s”不认识多出来的“%[2]s”。", "The command %[1]q has no use for %[2]q.", cmd.CommandPath(), args[n]))
		}
		return nil
	}
}

// oneOf is for a command that only holds others: an argument would be the name of
// one that does not exist.
func oneOf(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := usage(cmd, perennial.Say("没有“%s %s”这个命令。", "There is no command \"%s %s\".", cmd.CommandPath(), args[0]))
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		e = e.WithHint(perennial.Say("是不是想写 %[1]s %[2]s？%[1]s --help 列出所有命令。", "Did you mean %[1]s %[2]s? %[1]s --help lists the commands.", cmd.CommandPath(), near[0]))
	}
	return e
}

// unknownCommand finds the name in what the library says of a command that root
// does not have, before it looks at flags.
var unknownCommand = regexp.MustCompile(`^unknown command ("(?:[^"\\]|\\.)*")`)

// told puts an error of the library that is not of flags into a sentence.
func told(root *cobra.Command, err error) error {
	if m := unknownCommand.FindStringSubmatch(err.Error()); m != nil && perennial.CodeOf(err) == "" {
		if name, unquoted := strconv.Unquote(m[1]); unquoted == nil {
			return oneOf(root, []string{name})
		}
	}
	return err
}

// help is what a command does that only holds others.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// wrongValue finds the flag in what the library says of a value.
var wrongValue = regexp.MustCompile(`for "(?:-\w, )?--([^"]+)" flag`)

// flagError puts what the library says of a flag into a sentence; its own words,
// which are English only, are the cause.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return oneOf(cmd, args) // whose flags nobody knows
	}
	var named interface{ GetSpecifiedName() string }
	var value interface{ GetValue() string }
	sentence := perennial.Say("命令的选项写得不对。", "The flags of the command cannot be read.")
	switch {
	case errors.As(err, &value):
		name, expected := "", perennial.Text{}
		if m := wrongValue.FindStringSubmatch(err.Error()); m != nil {
			name, expected = m[1], expectation(cmd, m[1])
		}
		sentence = perennial.Say("--%s 不能是“%s”", "--%s cannot be %q", name, value.GetValue())
		sentence = perennial.Text{ZH: sentence.ZH + expected.ZH + "。", EN: sentence.EN + expected.EN + "."}
	case errors.As(err, &named):
		name := named.GetSpecifiedName()
		written := "--" + name
		if f := cmd.Flags(); len(name) == 1 && f.Lookup(name) == nil {
			written = "-" + name
		} else if f.Lookup(name) != nil {
			sentence = perennial.Say("%s 后面要写一个值。", "%s needs a value.", written)
			break
		}
		sentence = perennial.Say("没有 %s 这个选项。", "There is no flag %s.", written)
	}
	return usage(cmd, sentence).Because(err)
}

// expectation says what the values of a flag are.
func expectation(cmd *cobra.Command, name string) perennial.Text {
	f := cmd.Flags().Lookup(name)
	if f == nil {
		return perennial.Text{}
	}
	switch f.Value.Type() {
	case "int":
		return perennial.Say("，要一个整数", "; a whole number is expected")
	case "uint64":
		return perennial.Say("，要一个不小于 0 的整数", "; a whole number from 0 on is expected")
	case "float64":
		return perennial.Say("，要一个数", "; a number is expected")
	case "bool":
		return perennial.Say("，只能是 true 或 false", "; it is true or false")
	}
	return perennial.Text{}
}
