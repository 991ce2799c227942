package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"talian/ivr/flow/bundle"
	"talian/ivr/flow/schema"
)

func schemaCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "schema [DIR]",
		Short: "Write JSON Schemas of a bundle's files, so that editors complete and check while somebody types",
		Long: `Write JSON Schemas, draft-07, one for each kind of file. A file names its schema in its first line:

  # yaml-language-server: $schema=../.ivr/flow.schema.json`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := folder(args)
			if to == "" {
				to = filepath.Join(dir, ".ivr")
			}
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			languages := languagesOf(dir)
			for _, kind := range bundle.Kinds() {
				text, err := schema.Schema(kind.Name, languages)
				if err != nil {
					return err
				}
				path := filepath.Join(to, kind.Name+".schema.json")
				if err := replace(path, text); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s for %s\n", path, kind.Files)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "out", "", "folder to write into; DIR/.ivr when not given")
	return cmd
}

// languagesOf gives the languages that prompts must have; none when ivr.yaml does not tell.
func languagesOf(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, "ivr.yaml"))
	if err != nil {
		return nil
	}
	var site struct {
		Languages []string `yaml:"languages"`
	}
	if err := yaml.Unmarshal(text, &site); err != nil {
		return nil
	}
	return site.Languages
}
