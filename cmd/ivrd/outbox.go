package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"talian/ivr"
)

func outboxCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "outbox [ID]",
		Short: "List what the outside CRM refused for good; with an id send that once more",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if len(args) == 1 {
				if err := ask(cmd.Context(), cfg, ivr.OutboxResend{ID: args[0]}, nil); err != nil {
					return err
				}
				fmt.Fprintf(out, "%s was taken\n", args[0])
				return nil
			}
			var parked []ivr.Parked
			if err := ask(cmd.Context(), cfg, ivr.OutboxShow{}, &parked); err != nil {
				return err
			}
			for _, p := range parked {
				fmt.Fprintf(out, "%s  %s  %-16s %s  %s\n", p.ID, p.At.Local().Format(time.DateTime), p.Kind, p.Call, p.Why)
			}
			fmt.Fprintf(out, "%d refused\n", len(parked))
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "config", "run/ivrd.yaml", "configuration file")
	return cmd
}
