"""How people sign in (人员登录): by password and telephone here, or at an identity provider, into sessions of the hub's."""
