// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// jack_labels CLIENT: what JACK's metadata say, as JSON: of each port of that
// client, {"ports": {NAME: {"uuid": N, "KEY": [VALUE, TYPE]...}}}, and
// {"subjects": [N...]}, all that anything is said of.
#include <inttypes.h>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text);
    putchar('"');
}

// The key's last part stands for it.
static void
print_property(const jack_property_t *p)
{
    const char *slash = strrchr(p->key, '/');
    printf(", ");
    print_text(slash ? slash + 1 : p->key);
    printf(": [");
    print_text(p->data);
    printf(", ");
    print_text(p->type ? p->type : "");
    putchar(']');
}

static void
print_port(jack_client_t *client, const char *name, bool first)
{
    jack_description_t d = {0};
    jack_port_t *port = jack_port_by_name(client, name);
    if (!port)
        return;
    const jack_uuid_t uuid = jack_port_uuid(port);
    const int n = jack_get_properties(uuid, &d);
    printf(first ? "" : ", ");
    print_text(name);
    printf(": {\"uuid\": %" PRIu64, uuid);
    for (int i = 0; i < n; i++)
        print_property(&d.properties[i]);
    putchar('}');
    if (n >= 0)
        jack_free_description(&d, 0);
}

static void
print_ports(jack_client_t *client, const char *whose)
{
    const char **names = jack_get_ports(client, whose, NULL, 0);
    for (int i = 0; names && names[i]; i++)
        print_port(client, names[i], i == 0);
    jack_free(names);
}

static void
print_subjects(void)
{
    jack_description_t *all = NULL;
    const int n = jack_get_all_properties(&all);
    for (int i = 0; i < n; i++) {
        printf("%s%" PRIu64, i ? ", " : "", all[i].subject);
        jack_free_description(&all[i], 0);
    }
    free(all);
}

int
main(int argc, char **argv)
{
    char whose[128];
    if (argc != 2)
        return 2;
    jack_client_t *client = jack_client_open("labels", JackNoStartServer, NULL);
    if (!client)
        return 1;
    snprintf(whose, sizeof whose, "^%s:", argv[1]);
    printf("{\"ports\": {");
    print_ports(client, whose);
    printf("}, \"subjects\": [");
    print_subjects();
    printf("]}\n");
    jack_client_close(client);
    return 0;
}
