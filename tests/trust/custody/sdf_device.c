/* A module of GM/T 0018 made of software, for the tests of trust/gm/sdf.py: device, session, PIN, one key index, and faults on
 * command. Written for this suite from the structures' published form; it keeps two SM2 keys of libcrypto and hands out public halves. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#define BASE 0x01000000u
#define COMMFAIL (BASE + 0x03)
#define OPENSESSION (BASE + 0x06)
#define PARDENY (BASE + 0x07)
#define KEYNOTEXIST (BASE + 0x08)
#define SKOPERR (BASE + 0x0C)
#define INDEX 1u
static const char PIN[] = "12345678";

typedef struct { unsigned bits; unsigned char x[64], y[64]; } Public;
typedef struct { unsigned char r[64], s[64]; } Signature;
typedef struct { unsigned char x[64], y[64], M[32]; unsigned L; unsigned char C[]; } Cipher;

static EVP_PKEY *keys[2];
static int logged_in, open_sessions;
static unsigned fault; /* 0 none, 1 busy, 2 logged out, 3 gone, 4 garbage, 5 too large a number */
static unsigned left;

void TEST_fault(unsigned which, unsigned times) { fault = which; left = times; }
int TEST_open_sessions(void) { return open_sessions; }

static unsigned due(void) {
    if (!left) return 0;
    left--;
    return fault;
}

static EVP_PKEY *generated(void) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    EVP_PKEY_keygen_init(context);
    EVP_PKEY_generate(context, &key);
    EVP_PKEY_CTX_free(context);
    return key;
}

unsigned SDF_OpenDevice(void **device) {
    for (int which = 0; which < 2; which++)
        if (!keys[which]) keys[which] = generated();
    *device = &keys;
    return 0;
}
unsigned SDF_CloseDevice(void *device) { return device == &keys ? 0 : COMMFAIL; }
unsigned SDF_OpenSession(void *device, void **session) {
    if (device != &keys) return COMMFAIL;
    open_sessions++;
    *session = &logged_in;
    return 0;
}
unsigned SDF_CloseSession(void *session) {
    open_sessions--;
    logged_in = 0;
    return session == &logged_in ? 0 : COMMFAIL;
}
unsigned SDF_GetPrivateKeyAccessRight(void *session, unsigned index, const char *pin, unsigned size) {
    if (session != &logged_in || index != INDEX) return KEYNOTEXIST;
    if (size != strlen(PIN) || memcmp(pin, PIN, size)) return BASE + 0x18;
    logged_in = 1;
    return 0;
}

static unsigned exported(unsigned index, EVP_PKEY *key, Public *out) {
    unsigned char point[65];
    size_t size = 0;
    if (index != INDEX) return KEYNOTEXIST;
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof point, &size);
    if (size != sizeof point) return COMMFAIL;
    memset(out, 0, sizeof *out);
    out->bits = 256;
    memcpy(out->x + 32, point + 1, 32);
    memcpy(out->y + 32, point + 33, 32);
    return 0;
}
unsigned SDF_ExportSignPublicKey_ECC(void *session, unsigned index, Public *out) { return session ? exported(index, keys[0], out) : COMMFAIL; }
unsigned SDF_ExportEncPublicKey_ECC(void *session, unsigned index, Public *out) { return session ? exported(index, keys[1], out) : COMMFAIL; }

static unsigned refused(unsigned which) {
    switch (which) {
    case 1: return OPENSESSION;
    case 2: return PARDENY;
    case 3: return COMMFAIL;
    }
    return logged_in ? 0 : PARDENY;
}

unsigned SDF_InternalSign_ECC(void *session, unsigned index, unsigned char *digest, unsigned size, Signature *out) {
    unsigned which = due(), said = refused(which);
    unsigned char der[80];
    size_t length = sizeof der;
    if (said) return said;
    if (!session || index != INDEX || size != 32) return KEYNOTEXIST;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(keys[0], NULL);
    EVP_PKEY_sign_init(context);
    int done = EVP_PKEY_sign(context, der, &length, digest, size);
    EVP_PKEY_CTX_free(context);
    if (done != 1) return BASE + 0x0D;
    const unsigned char *at = der;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)length);
    memset(out, 0, sizeof *out);
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out->r, 64);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out->s, 64);
    ECDSA_SIG_free(parsed);
    if (which == 4) out->s[63] ^= 1;
    if (which == 5) out->r[0] = 1;
    return 0;
}

static size_t integer(unsigned char *out, const unsigned char *number) {
    size_t skip = 0;
    while (skip < 31 && !number[skip]) skip++;
    size_t size = 32 - skip, pad = number[skip] >> 7;
    out[0] = 2;
    out[1] = (unsigned char)(size + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, number + skip, size);
    return 2 + pad + size;
}

unsigned SDF_InternalDecrypt_ECC(void *session, unsigned index, unsigned algorithm, Cipher *in, unsigned char *out, unsigned *size) {
    unsigned char body[600], der[610];
    unsigned which = due(), said = refused(which);
    if (said) return said;
    if (!session || index != INDEX || algorithm != 0x00020800 || in->L > 200) return KEYNOTEXIST;
    size_t at = integer(body, in->x + 32);
    at += integer(body + at, in->y + 32);
    body[at++] = 4; body[at++] = 32;
    memcpy(body + at, in->M, 32); at += 32;
    body[at++] = 4;
    if (in->L > 127) body[at++] = 0x81;
    body[at++] = (unsigned char)in->L;
    memcpy(body + at, in->C, in->L); at += in->L;
    size_t head = 0;
    der[head++] = 0x30;
    if (at > 255) { der[head++] = 0x82; der[head++] = (unsigned char)(at >> 8); }
    else if (at > 127) der[head++] = 0x81;
    der[head++] = (unsigned char)at;
    memcpy(der + head, body, at);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(keys[1], NULL);
    size_t length = *size;
    int done = EVP_PKEY_decrypt_init(context) == 1 && EVP_PKEY_decrypt(context, out, &length, der, head + at) == 1;
    EVP_PKEY_CTX_free(context);
    if (!done) return SKOPERR;
    *size = which == 4 ? 3 : (unsigned)length;
    return 0;
}
