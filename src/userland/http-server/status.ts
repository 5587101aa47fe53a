/** Reason phrases and the explanations of error pages, as Python's http.HTTPStatus has them. */
const table: Readonly<Record<number, readonly [phrase: string, explanation: string]>> = {
  100: ['Continue', 'Request received, please continue'],
  200: ['OK', 'Request fulfilled, document follows'],
  206: ['Partial Content', 'Partial content follows'],
  301: ['Moved Permanently', 'Object moved permanently -- see URI list'],
  304: ['Not Modified', 'Document has not changed since given time'],
  400: ['Bad Request', 'Bad request syntax or unsupported method'],
  404: ['Not Found', 'Nothing matches the given URI'],
  405: ['Method Not Allowed', 'Specified method is invalid for this resource'],
  412: ['Precondition Failed', 'Precondition in headers is false'],
  413: ['Request Entity Too Large', 'Entity is too large'],
  414: ['Request-URI Too Long', 'URI is too long'],
  416: ['Requested Range Not Satisfiable', 'Cannot satisfy request range'],
  417: ['Expectation Failed', 'Expect condition could not be satisfied'],
  431: [
    'Request Header Fields Too Large',
    'The server is unwilling to process the request because its header fields are too large',
  ],
  501: ['Not Implemented', 'Server does not support this operation'],
  505: ['HTTP Version Not Supported', 'Cannot fulfill request'],
}

export const phraseOf = (code: number): string => table[code]?.[0] ?? ''
export const explanationOf = (code: number): string => table[code]?.[1] ?? ''
