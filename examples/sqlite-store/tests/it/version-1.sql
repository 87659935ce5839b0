PRAGMA foreign_keys = OFF;
PRAGMA application_id = 0x746e6379;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE indexed (
    space TEXT NOT NULL,
    text TEXT NOT NULL,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    subject TEXT NOT NULL,
    PRIMARY KEY (space, text, organization, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO "indexed" VALUES('email','ada@example.com',X'01A2013960C57215B00F79F04E7FB77A','user_01m80kjr65f7p9ma63sbgtprr6');
CREATE TABLE parts (
    organization BLOB NOT NULL,
    log INTEGER NOT NULL,
    version INTEGER NOT NULL,
    place INTEGER NOT NULL, -- among the parts of the record
    field TEXT NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    text TEXT NOT NULL,
    PRIMARY KEY (organization, log, version, place),
    FOREIGN KEY (organization, log, version) REFERENCES records (organization, log, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "parts" VALUES(X'01A2013960C57215B00F79F04E7FB77A',0,1,0,'caller',X'A32879F6004A734482E954097C4C966C','ada@example.com');
INSERT INTO "parts" VALUES(X'01A2013960C57215B00F79F04E7FB77A',0,2,0,'caller',X'A32879F6004A734482E954097C4C966C','ada@example.com');
INSERT INTO "parts" VALUES(X'01A2013960C57215B00F79F04E7FB77A',0,3,0,'name',X'C27C3DAC9BC715968FF46532C15542C3','Ada');
INSERT INTO "parts" VALUES(X'01A2013960C57215B00F79F04E7FB77A',0,3,1,'email',X'3697DF6B1FF89BA167DEDD91EA5F1886','ada@example.com');
INSERT INTO "parts" VALUES(X'01A2013960C57215B00F79F04E7FB77A',0,3,2,'caller',X'A32879F6004A734482E954097C4C966C','ada@example.com');
CREATE TABLE receipts (
    scope TEXT NOT NULL, -- JSON
    command TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    spans TEXT NOT NULL, -- JSON
    PRIMARY KEY (scope, command)
) STRICT, WITHOUT ROWID;
INSERT INTO "receipts" VALUES('{"person":"ada@example.com"}','sign-up-1',X'BD7ADAF0224E1EED03A31121B97CDF3733652F60FDF6071D189ACF9452E31B2B','[{"organization":"org_01m80kjr65e8av03vsy177zdvt","log":"administration","first":1,"last":{"version":3,"leaf":"3288e109ea6c68778516e6507292e0f7a53b0e30b77d8b9e51aed94e24cf71b5"}}]');
CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    log INTEGER NOT NULL CHECK (log IN (0, 1)), -- 0 administration, 1 activity
    version INTEGER NOT NULL CHECK (version > 0),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    envelope TEXT NOT NULL, -- JSON: the record without body and personal parts
    body TEXT NOT NULL, -- JSON, as it was written
    UNIQUE (organization, log, version)
) STRICT;
INSERT INTO "records" VALUES(1,X'01A2013960C57215B00F79F04E7FB77A',0,1,X'B8542F0D2316A453DA8972FD8AD512157B373F14A94BF0FDCEBFC2B952BE0585','{"organization":"org_01m80kjr65e8av03vsy177zdvt","log":"administration","version":1,"time":"2026-11-22T03:07:47.269Z","caller":{"kind":"person","proven":"369d4ff2d9be10c266b46289ab5441b9c5dc8388872550cc59168f8b9b58c64b"},"command":"sign-up-1","kind":"organization.created","schema":1,"resource":"org_01m80kjr65e8av03vsy177zdvt","outcome":"success","body":"","previous":"0000000000000000000000000000000000000000000000000000000000000000","leaf":"b8542f0d2316a453da8972fd8ad512157b373f14a94bf0fdcebfc2b952be0585"}','{"name":{"name":"Acme"},"scope":"registry"}');
INSERT INTO "records" VALUES(2,X'01A2013960C57215B00F79F04E7FB77A',0,2,X'A286ACE5EEFCFF279A265A957E4814A7D4FAD8AEA9EF196B841125389D73C5F7','{"organization":"org_01m80kjr65e8av03vsy177zdvt","log":"administration","version":2,"time":"2026-11-22T03:07:47.269Z","caller":{"kind":"person","proven":"369d4ff2d9be10c266b46289ab5441b9c5dc8388872550cc59168f8b9b58c64b"},"command":"sign-up-1","kind":"account.created","schema":1,"resource":"acct_01m80kjr65e3dv4vyhqkb1akp7","account":"acct_01m80kjr65e3dv4vyhqkb1akp7","outcome":"success","body":"","previous":"b8542f0d2316a453da8972fd8ad512157b373f14a94bf0fdcebfc2b952be0585","leaf":"a286ace5eefcff279a265a957e4814a7d4fad8aea9ef196b841125389d73c5f7"}','{"account":"acct_01m80kjr65e3dv4vyhqkb1akp7","name":"Acme","default":true}');
INSERT INTO "records" VALUES(3,X'01A2013960C57215B00F79F04E7FB77A',0,3,X'3288E109EA6C68778516E6507292E0F7A53B0E30B77D8B9E51AED94E24CF71B5','{"organization":"org_01m80kjr65e8av03vsy177zdvt","log":"administration","version":3,"time":"2026-11-22T03:07:47.269Z","caller":{"kind":"person","proven":"369d4ff2d9be10c266b46289ab5441b9c5dc8388872550cc59168f8b9b58c64b"},"command":"sign-up-1","kind":"user.created","schema":1,"resource":"user_01m80kjr65f7p9ma63sbgtprr6","outcome":"success","body":"","previous":"a286ace5eefcff279a265a957e4814a7d4fad8aea9ef196b841125389d73c5f7","leaf":"3288e109ea6c68778516e6507292e0f7a53b0e30b77d8b9e51aed94e24cf71b5"}','{"user":"user_01m80kjr65f7p9ma63sbgtprr6","name":"3e994cf6041c4ee3d22d0e2ed3eaffdc0a4d963e5c97719e0b518611753e8ac4","email":"9949fe26413ec8b3340fa0d46725913466de9896315b7687824e5fa72cc05b9f","proven":true,"role":"owner"}');
CREATE TABLE reservations (
    space TEXT NOT NULL,
    text TEXT NOT NULL,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    subject TEXT NOT NULL,
    PRIMARY KEY (space, text)
) STRICT, WITHOUT ROWID;
INSERT INTO "reservations" VALUES('organization_name','acme',X'01A2013960C57215B00F79F04E7FB77A','org_01m80kjr65e8av03vsy177zdvt');
CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE (ABORT, 'a record is final'); END;
CREATE TRIGGER records_are_not_deleted BEFORE DELETE ON records
BEGIN SELECT RAISE (ABORT, 'a record is final'); END;
COMMIT;
