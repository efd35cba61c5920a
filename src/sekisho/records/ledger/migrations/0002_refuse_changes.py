"""The database itself refuses UPDATE, DELETE, TRUNCATE and REPLACE on the Ledger."""

from django.db import migrations

TABLES = ("ledger_entry", "ledger_mention")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION sekisho_ledger_refuse() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'ledger is append-only'; END; $$ LANGUAGE plpgsql;
CREATE OR REPLACE FUNCTION sekisho_ledger_next() RETURNS trigger AS $$
BEGIN
  IF NEW.sequence <> COALESCE((SELECT max(sequence) FROM ledger_entry), 0) + 1 THEN
    RAISE EXCEPTION 'ledger sequence must follow';
  END IF;
  RETURN NEW;
END; $$ LANGUAGE plpgsql;
CREATE TRIGGER ledger_entry_next BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION sekisho_ledger_next();
CREATE OR REPLACE FUNCTION sekisho_ledger_content_erase_only() RETURNS trigger AS $$
BEGIN
  IF OLD.sequence <> NEW.sequence OR OLD.name <> NEW.name
     OR NOT (NEW.value IS NULL AND NEW.salt = '' AND NEW.erased_at IS NOT NULL) THEN
    RAISE EXCEPTION 'ledger content can only be erased';
  END IF;
  RETURN NEW;
END; $$ LANGUAGE plpgsql;
CREATE TRIGGER ledger_content_erase BEFORE UPDATE ON ledger_content FOR EACH ROW EXECUTE FUNCTION sekisho_ledger_content_erase_only();
CREATE TRIGGER ledger_content_delete BEFORE DELETE ON ledger_content FOR EACH ROW EXECUTE FUNCTION sekisho_ledger_refuse();
CREATE TRIGGER ledger_content_truncate BEFORE TRUNCATE ON ledger_content FOR EACH STATEMENT EXECUTE FUNCTION sekisho_ledger_refuse();
"""

SQLITE = """
CREATE TRIGGER ledger_entry_next BEFORE INSERT ON ledger_entry
WHEN NEW.sequence <> COALESCE((SELECT max(sequence) FROM ledger_entry), 0) + 1
BEGIN SELECT RAISE(ABORT, 'ledger sequence must follow'); END;
CREATE TRIGGER ledger_mention_replace BEFORE INSERT ON ledger_mention
WHEN EXISTS (SELECT 1 FROM ledger_mention WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_content_replace BEFORE INSERT ON ledger_content
WHEN EXISTS (SELECT 1 FROM ledger_content WHERE id = NEW.id OR (sequence = NEW.sequence AND name = NEW.name))
BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_content_erase BEFORE UPDATE ON ledger_content
WHEN OLD.sequence <> NEW.sequence OR OLD.name <> NEW.name
  OR NOT (NEW.value IS NULL AND NEW.salt = '' AND NEW.erased_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'ledger content can only be erased'); END;
CREATE TRIGGER ledger_content_delete BEFORE DELETE ON ledger_content
BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
"""


def forwards(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            for table in TABLES:
                for name, event, each in (
                    ("update", "UPDATE", "ROW"),
                    ("delete", "DELETE", "ROW"),
                    ("truncate", "TRUNCATE", "STATEMENT"),
                ):
                    cursor.execute(
                        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} "
                        f"FOR EACH {each} EXECUTE FUNCTION sekisho_ledger_refuse()"
                    )
        else:
            for statement in SQLITE.split("END;"):
                if statement.strip():
                    cursor.execute(statement + "END;")
            for table in TABLES:
                for name in ("update", "delete"):
                    cursor.execute(
                        f"CREATE TRIGGER {table}_{name} BEFORE {name.upper()} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;"
                    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
