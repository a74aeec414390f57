{{/* Short enough for the longest ending, and for the names that a Deployment gives its pods. */}}
{{- define "farcopy.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "farcopy.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "farcopy.labels" -}}
{{ include "farcopy.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "farcopy.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The fleet's name, which names its task queues. */}}
{{- define "farcopy.fleet" -}}
{{- if .Values.fleet.file -}}
{{- $file := fromYaml .Values.fleet.file -}}
{{- if not $file.fleet -}}
{{- fail (printf "fleet.file is no fleet file with a name: %s" ($file.Error | default "it lacks the key `fleet`")) -}}
{{- end -}}
{{- if and .Values.fleet.name (ne .Values.fleet.name $file.fleet) -}}
{{- fail (printf "fleet.name is %s, but fleet.file says %s: leave fleet.name out" .Values.fleet.name $file.fleet) -}}
{{- end -}}
{{- $file.fleet -}}
{{- else -}}
{{- required "fleet.name is needed for the task queue that KEDA asks for, since fleet.existingConfigMap is not read" .Values.fleet.name -}}
{{- end -}}
{{- end }}

{{/* Dict of `root` and `account`, the serviceAccount of the values; `name`, the ending that is its own. */}}
{{- define "farcopy.serviceAccount" -}}
{{- $own := printf "%s%s" (include "farcopy.fullname" .root) .ending -}}
{{- if .account.create -}}
{{- .account.name | default $own -}}
{{- else -}}
{{- .account.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "farcopy.fleetConfigMap" -}}
{{- .Values.fleet.existingConfigMap | default (printf "%s-fleet" (include "farcopy.fullname" .)) -}}
{{- end }}

{{/* The name of the Secret, or nothing where there is none. */}}
{{- define "farcopy.externalIdSecret" -}}
{{- with .Values.externalId -}}
{{- if .existingSecret -}}
{{- .existingSecret -}}
{{- else if .value -}}
{{- include "farcopy.fullname" $ }}-external-id
{{- end -}}
{{- end -}}
{{- end }}

{{- define "farcopy.apiKeySecret" -}}
{{- with .Values.temporal.apiKey -}}
{{- if .existingSecret -}}
{{- .existingSecret -}}
{{- else if .value -}}
{{- include "farcopy.fullname" $ }}-temporal-api-key
{{- end -}}
{{- end -}}
{{- end }}

{{- define "farcopy.clientSecret" -}}
{{- with .Values.temporal.tls -}}
{{- if .existingClientSecret -}}
{{- .existingClientSecret -}}
{{- else if .clientCertificate -}}
{{- include "farcopy.fullname" $ }}-temporal-client
{{- end -}}
{{- end -}}
{{- end }}

{{- define "farcopy.serverCaSecret" -}}
{{- with .Values.temporal.tls -}}
{{- if .existingServerCaSecret -}}
{{- .existingServerCaSecret -}}
{{- else if .serverCa -}}
{{- include "farcopy.fullname" $ }}-temporal-server-ca
{{- end -}}
{{- end -}}
{{- end }}

{{/* "true" where the connection to Temporal has TLS. */}}
{{- define "farcopy.tls" -}}
{{- if or .Values.temporal.tls.enabled (include "farcopy.apiKeySecret" .) (include "farcopy.clientSecret" .) (include "farcopy.serverCaSecret" .) -}}
true
{{- end -}}
{{- end }}
