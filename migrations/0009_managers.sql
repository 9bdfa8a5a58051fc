-- Whose members may change what is set for a server, beside those with Manage Server; NULL is nobody.
ALTER TABLE server_settings ADD COLUMN manager_role_id INTEGER;
