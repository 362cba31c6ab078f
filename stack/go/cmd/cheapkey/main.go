// Command cheapkey gives an API key of Headscale's the least cost of bcrypt that there is. Headscale hashes
// the key that comes with each request, for 50 ms of a core at its usual cost; of the CPU of an end-to-end
// test that was a tenth. The key stays as secret and is verified by the same code: the cost stands in the hash.
//
//	cheapkey DATABASE < KEY
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	_ "github.com/glebarez/go-sqlite"
	"golang.org/x/crypto/bcrypt"
)

const (
	keyPrefix = "hskey-api-"
	// idLen is the length of the part by which Headscale finds a key in its database.
	idLen = 12
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader) error {
	if len(args) != 1 {
		return errors.New("usage: cheapkey DATABASE < KEY")
	}
	key, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	id, secret, err := parse(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	return setHash(args[0], id, secret)
}

// parse takes a key apart: hskey-api-ID-SECRET, either of which may hold a hyphen.
func parse(key string) (id, secret string, err error) {
	rest, isKey := strings.CutPrefix(key, keyPrefix)
	if !isKey || len(rest) <= idLen+1 || rest[idLen] != '-' {
		return "", "", errors.New("not an API key of Headscale 0.28 or newer")
	}
	return rest[:idLen], rest[idLen+1:], nil
}

func setHash(database, id, secret string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		return err
	}
	// Headscale has it open: who comes second waits. A file that is not there is not made.
	dsn := url.URL{
		Scheme:   "file",
		Opaque:   (&url.URL{Path: database}).EscapedPath(),
		RawQuery: url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)"}}.Encode(),
	}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return err
	}
	defer db.Close()
	result, err := db.Exec("UPDATE api_keys SET hash = ? WHERE prefix = ?", hash, id)
	if err != nil {
		return err
	}
	if count, err := result.RowsAffected(); err != nil || count != 1 {
		return errors.Join(fmt.Errorf("%d keys with that id", count), err)
	}
	return nil
}
