package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const key = "hskey-api-abc-def_ghij-the-secret_of-it"

func table(t *testing.T) (path string, db *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a db.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE api_keys (prefix text, hash blob); INSERT INTO api_keys VALUES ('abc-def_ghij', 'dear'), ('another', 'dear')"); err != nil {
		t.Fatal(err)
	}
	return path, db
}

func TestHashIsOfTheSecretAndCheap(t *testing.T) {
	path, db := table(t)
	if err := run([]string{path}, strings.NewReader(key+"\n")); err != nil {
		t.Fatal(err)
	}
	var hash, other []byte
	if err := db.QueryRow("SELECT hash FROM api_keys WHERE prefix = 'abc-def_ghij'").Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if err := bcrypt.CompareHashAndPassword(hash, []byte("the-secret_of-it")); err != nil {
		t.Error(err)
	}
	if cost, err := bcrypt.Cost(hash); err != nil || cost != bcrypt.MinCost {
		t.Errorf("cost %d, %v; want %d", cost, err, bcrypt.MinCost)
	}
	if err := db.QueryRow("SELECT hash FROM api_keys WHERE prefix = 'another'").Scan(&other); err != nil {
		t.Fatal(err)
	}
	if string(other) != "dear" {
		t.Errorf("another key's hash is now %q", other)
	}
}

func TestRefusals(t *testing.T) {
	path, _ := table(t)
	for name, try := range map[string]struct{ database, key string }{
		"a key of another kind":  {path, "abcdefg.secret"},
		"a key without a secret": {path, "hskey-api-abc-def_ghij-"},
		"an unknown key":         {path, "hskey-api-abc-def_ghix-secret"},
		"no database":            {path + "-not", key},
	} {
		if err := run([]string{try.database}, strings.NewReader(try.key)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := run(nil, strings.NewReader(key)); err == nil {
		t.Error("no argument was taken")
	}
}
