/** A small company's edge, as such files look, with two servers behind it on this machine. */
export function edgeCaddyfile(
  { httpPort, httpsPort }: { readonly httpPort: number; readonly httpsPort: number },
  [one, two]: readonly number[],
): string {
  return `{
	http_port ${httpPort}
	https_port ${httpsPort}
	local_certs
	skip_install_trust
}

(backend) {
	reverse_proxy 127.0.0.1:${one} 127.0.0.1:${two} {
		lb_policy first
		health_uri /up
		health_interval 10s
	}
}

shop.example.com, www.example.com {
	reverse_proxy 127.0.0.1:${one}
}

http://status.example.com {
	reverse_proxy 127.0.0.1:${two} {
		header_up X-Edge "one, two"
		header_up Authorization "Basic abc="
	}
}

http://docs.example.com, https://docs.example.com {
	import backend
}

*.tenants.example.com {
	import backend
}

admin.example.com {
	reverse_proxy 127.0.0.1:${one} {
		transport http {
			response_header_timeout 20s
		}
	}
}

app.example.com {
	header >X-Frame-Options DENY
	@api path /api /api/*
	uri @api strip_prefix /api
	encode zstd gzip
	reverse_proxy 127.0.0.1:${one}
}

told.example.com {
	encode gzip zstd
	header X-Frame-Options DENY
	reverse_proxy 127.0.0.1:${one} {
		header_up X-Real-IP {remote_host}
		header_up X-Forwarded-Proto {scheme}
		header_up Host {upstream_hostport}
	}
}

old.example.com {
	redir https://shop.example.com{uri} permanent
}

files.example.com {
	root * /srv/files
	file_server browse
}
`;
}
