/** Brings a file to the server in pieces. A piece that was cut off is sent again from where the server says it ended. */
import { get, post, uploadPiece } from './http';
import type { FleetFile } from './model';
import { isProblem } from './problem';

const pieceBytes = 4 * 1024 * 1024;
const tries = 5;

export interface UploadOptions {
  onProgress(sent: number): void;
  signal: AbortSignal;
}

/** Announces a file, or goes on with one whose upload was interrupted. */
export async function uploadFile(content: File, present: FleetFile | null, options: UploadOptions): Promise<FleetFile> {
  let file =
    present ??
    (await post<FleetFile>('/api/v1/files', {
      name: content.name,
      size: content.size,
      ...(content.type ? { mediaType: content.type } : {}),
    }));
  let failures = 0;
  options.onProgress(file.received);
  // An empty file has no piece, and is still to be declared whole.
  while (file.state !== 'ready') {
    options.signal.throwIfAborted();
    const from = file.received;
    const piece = content.slice(from, from + pieceBytes);
    try {
      file = await uploadPiece<FleetFile>(`/api/v1/files/${file.id}/content`, { offset: from }, piece, {
        signal: options.signal,
        onProgress: (sent) => options.onProgress(from + sent),
      });
      failures = 0;
    } catch (error) {
      const cutOff = isProblem(error) && (error.unreachable || error.status >= 500 || error.status === 409);
      failures += 1;
      if (!cutOff || failures >= tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * failures));
      file = await get<FleetFile>(`/api/v1/files/${file.id}`);
      // The same conflict twice is none of a cut connection.
      if (isProblem(error, 409) && file.received === from) throw error;
    }
    options.onProgress(file.received);
  }
  return file;
}
