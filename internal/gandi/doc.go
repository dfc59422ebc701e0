// Package gandi is the typed client of Gandi's hosting API.
package gandi
