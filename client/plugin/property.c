// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Properties as text. Everything here is @control's.
#include "plugin/property.h"

#include "plugin/chain_private.h"

#include <errno.h>
#include <lv2/atom/atom.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

// An atom on its way, with its body behind it.
struct value {
    LV2_Atom atom;
    _Alignas(8) char body[MOST];
};

static bool
put(struct value *v, LV2_URID type, const void *body, size_t n)
{
    if (n > sizeof v->body)
        return false;
    v->atom = (LV2_Atom){(uint32_t)n, type};
    memcpy(v->body, body, n);
    return true;
}

static bool
read_number(const char *text, double *out)
{
    char *end;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        *out = text[0] == 't';
        return true;
    }
    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*out);
}

static bool
put_number(const struct weir_plugin_world *world,
           const struct weir_plugin_property *p, const char *text,
           struct value *v, struct weir_why *why)
{
    const struct weir_known_urids *k = &world->known;
    double number;
    if (!read_number(text, &number))
        return weir_why(why, "%s: a number is wanted", p->uri);
    if (number < (double)p->min || number > (double)p->max)
        return weir_why(why, "%s lies in %g..%g", p->uri, (double)p->min,
                        (double)p->max);
    if (strcmp(p->range, LV2_ATOM__Double) == 0)
        return put(v, k->atom_double, &number, sizeof number);
    if (strcmp(p->range, LV2_ATOM__Float) == 0)
        return put(v, k->atom_float, &(float){(float)number}, sizeof(float));
    if (strcmp(p->range, LV2_ATOM__Long) == 0 && fabs(number) < 9e15)
        return put(v, k->atom_long, &(int64_t){(int64_t)number},
                   sizeof(int64_t));
    if (fabs(number) >= 2147483647.0)
        return weir_why(why, "%s: %s is too large", p->uri, text);
    return put(
        v, strcmp(p->range, LV2_ATOM__Bool) == 0 ? k->atom_bool : k->atom_int,
        &(int32_t){(int32_t)number}, sizeof(int32_t));
}

static bool
is_number(const char *range)
{
    return strcmp(range, LV2_ATOM__Float) == 0 ||
           strcmp(range, LV2_ATOM__Double) == 0 ||
           strcmp(range, LV2_ATOM__Int) == 0 ||
           strcmp(range, LV2_ATOM__Long) == 0 ||
           strcmp(range, LV2_ATOM__Bool) == 0;
}

static bool
put_value(const struct weir_plugin_world *world,
          const struct weir_plugin_property *p, const char *text,
          struct value *v, struct weir_why *why)
{
    const struct weir_known_urids *k = &world->known;
    const char *range = p->range ? p->range : LV2_ATOM__String;
    if (is_number(range))
        return put_number(world, p, text, v, why);
    const LV2_URID type = strcmp(range, LV2_ATOM__Path) == 0  ? k->atom_path
                          : strcmp(range, LV2_ATOM__URI) == 0 ? k->atom_uri
                                                              : k->atom_string;
    return put(v, type, text, strlen(text) + 1) ||
           weir_why(why, "%s: the text is too long", p->uri);
}

bool
weir_property_set(struct weir_chain *chain, const char *id,
                  const char *property, const char *text, struct weir_why *why)
{
    static struct value v;
    const struct weir_slot *s = weir_chain_find(chain, id);
    const struct weir_plugin_property *p = NULL;
    for (uint32_t i = 0; s && i < s->type->n_properties; i++)
        if (strcmp(s->type->properties[i].uri, property) == 0)
            p = &s->type->properties[i];
    if (!p)
        return weir_why(why, "%s has no property <%s>", id, property);
    return put_value(chain->config.instance.world, p, text, &v, why) &&
           weir_chain_set_property(chain, id, property, &v.atom, why);
}

bool
weir_property_text(const struct weir_plugin_world *world, const LV2_Atom *value,
                   char *text, size_t size)
{
    const struct weir_known_urids *k = &world->known;
    const void *body = value + 1;
    const LV2_URID type = value->type;
    int n = -1;
    if (type == k->atom_float && value->size == sizeof(float))
        n = snprintf(text, size, "%.9g", (double)*(const float *)body);
    else if (type == k->atom_double && value->size == sizeof(double))
        n = snprintf(text, size, "%.17g", *(const double *)body);
    else if (type == k->atom_long && value->size == sizeof(int64_t))
        n = snprintf(text, size, "%lld", (long long)*(const int64_t *)body);
    else if ((type == k->atom_int || type == k->atom_bool) &&
             value->size == sizeof(int32_t))
        n = snprintf(text, size, "%d", *(const int32_t *)body);
    else if (type == k->atom_string || type == k->atom_path ||
             type == k->atom_uri)
        n = snprintf(text, size, "%.*s", (int)value->size, (const char *)body);
    return n >= 0 && (size_t)n < size;
}
