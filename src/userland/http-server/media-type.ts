/** Media types by extension: what Python's mimetypes knows by itself and people serve. */
const TYPES: ReadonlyMap<string, string> = new Map(
  `application/gzip gz
application/x-bzip2 bz2
application/x-xz xz
application/octet-stream bin dll exe o obj so z a
text/javascript js mjs
application/json json
application/manifest+json webmanifest
application/msword doc dot wiz
application/pdf pdf
application/pkcs7-mime p7c
application/postscript ai eps ps
application/vnd.apple.mpegurl m3u m3u8
application/vnd.ms-excel xls xlb
application/vnd.ms-powerpoint ppt pot ppa pps pwz
application/wasm wasm
application/x-csh csh
application/x-dvi dvi
application/x-latex latex
application/x-python-code pyc pyo
application/x-sh sh
application/x-shockwave-flash swf
application/x-tar tar
application/x-tcl tcl
application/x-tex tex
application/x-texinfo texi texinfo
application/xml xsl rdf wsdl xpdl
application/zip zip
audio/aac aac adts
audio/basic au snd
audio/mpeg mp3 mp2
audio/x-aiff aif aifc aiff
audio/x-wav wav
image/bmp bmp
image/gif gif
image/jpeg jpg jpe jpeg
image/png png
image/svg+xml svg
image/tiff tiff tif
image/vnd.microsoft.icon ico
image/x-portable-anymap pnm
image/x-portable-pixmap ppm
message/rfc822 eml mht mhtml nws
text/css css
text/csv csv
text/html html htm
text/plain txt bat c h ksh pl
text/richtext rtx
text/tab-separated-values tsv
text/x-python py
text/x-sgml sgm sgml
text/x-vcard vcf
text/xml xml
video/mp4 mp4
video/mpeg mpeg m1v mpa mpe mpg
video/quicktime qt mov
video/webm webm
video/x-msvideo avi`
    .split('\n')
    .flatMap((line) => {
      const [type = '', ...extensions] = line.split(' ')
      return extensions.map((extension) => [extension, type] as const)
    }),
)

/** `application/octet-stream` for what is not known. */
export const mediaType = (path: string): string => {
  const extension = /[^/.][^/]*\.([^./]+)$/.exec(path)?.[1]?.toLowerCase()
  return TYPES.get(extension ?? '') ?? 'application/octet-stream'
}
