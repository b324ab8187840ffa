# A real PACS on free loopback ports in a folder: start_pacs FOLDER sets $pacs_title, $pacs_port, $pacs_http, $pacs_pid.
start_orthanc() {
    local folder=$1
    pacs_title=ORTHANC pacs_port=$(free_port) pacs_http=$(free_port)
    mkdir -p "$folder/db"
    cat > "$folder/orthanc.json" <<JSON
{ "Name": "PACS", "StorageDirectory": "$folder/db", "IndexDirectory": "$folder/db", "HttpPort": $pacs_http,
  "DicomPort": $pacs_port, "DicomAet": "$pacs_title", "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
  "DicomAlwaysAllowStore": true, "OverwriteInstances": false, "StableAge": 1 }
JSON
    TCP_NODELAY=1 "$(command -v Orthanc || echo /usr/sbin/Orthanc)" --verbose "$folder/orthanc.json" > "$folder/orthanc.log" 2>&1 &
    pacs_pid=$!
    wait_for 30 curl -sf "http://127.0.0.1:$pacs_http/system" || die "Orthanc does not start; see $folder/orthanc.log"
}

# Without Orthanc: DCMTK's storescp, which files what it gets and answers no questions.
start_storescp() {
    local folder=$1
    pacs_title=STORESCP pacs_port=$(free_port) pacs_http=
    mkdir -p "$folder/db"
    TCP_NODELAY=1 /usr/bin/storescp --fork -aet $pacs_title -od "$folder/db" -uf +xa -pm "$pacs_port" \
        > "$folder/storescp.log" 2>&1 &
    pacs_pid=$!
    sleep 0.5
}

start_pacs() {
    if command -v Orthanc >/dev/null || [ -x /usr/sbin/Orthanc ]; then
        start_orthanc "$1"
    else
        say "Orthanc cannot be had here; DCMTK's storescp stands in for the PACS"
        start_storescp "$1"
    fi
}

# pacs_count CLASS: objects of a SOP class UID that the PACS holds.
pacs_count() {
    if [ -n "$pacs_http" ]; then
        curl -sf "http://127.0.0.1:$pacs_http/tools/find" \
            -d "{\"Level\":\"Instance\",\"Query\":{\"SOPClassUID\":\"$1\"}}" | jq length
    else
        grep -laF "$1" "$pacs_folder"/db/* 2>/dev/null | wc -l
    fi
}

# pacs_fetch FOLDER: copies everything that the PACS holds into a folder, as DICOM files.
pacs_fetch() {
    mkdir -p "$1"
    if [ -n "$pacs_http" ]; then
        local id
        for id in $(curl -sf "http://127.0.0.1:$pacs_http/instances" | jq -r '.[]'); do
            curl -sf "http://127.0.0.1:$pacs_http/instances/$id/file" -o "$1/$id.dcm"
        done
    else
        cp "$pacs_folder"/db/* "$1/"
    fi
}
