package dev.tidemark.web;

import java.io.IOException;
import java.io.PrintWriter;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

/**
 * Has headers written at the last moment: when the first byte of the body is, or when the
 * response is sent without one.
 */
final class HeaderWritingResponse extends HttpServletResponseWrapper {

	private final Runnable writeHeaders;

	private boolean written;

	private @Nullable PrintWriter writer;

	HeaderWritingResponse(HttpServletResponse response, Runnable writeHeaders) {
		super(response);
		this.writeHeaders = writeHeaders;
	}

	private void writeHeaders() {
		writeHeaders(this.writeHeaders);
	}

	/**
	 * Write the headers if they are not written yet.
	 * @param headers how to write them now
	 */
	void writeHeaders(Runnable headers) {
		if (!this.written && !isCommitted()) {
			this.written = true;
			headers.run();
		}
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		return new HeaderWritingStream(super.getOutputStream());
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		if (this.writer == null) {
			this.writer = new HeaderWritingWriter(super.getWriter());
		}
		return this.writer;
	}

	@Override
	public void flushBuffer() throws IOException {
		writeHeaders();
		super.flushBuffer();
	}

	@Override
	public void sendError(int status) throws IOException {
		writeHeaders();
		super.sendError(status);
	}

	@Override
	public void sendError(int status, String message) throws IOException {
		writeHeaders();
		super.sendError(status, message);
	}

	/**
	 * Whatever was set before is gone, the token too.
	 */
	@Override
	public void reset() {
		super.reset();
		this.written = false;
		this.writer = null;
	}

	@Override
	public void sendRedirect(String location) throws IOException {
		writeHeaders();
		super.sendRedirect(location);
	}

	@Override
	public void sendRedirect(String location, int status) throws IOException {
		writeHeaders();
		super.sendRedirect(location, status);
	}

	@Override
	public void sendRedirect(String location, boolean clearBuffer) throws IOException {
		writeHeaders();
		super.sendRedirect(location, clearBuffer);
	}

	@Override
	public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
		writeHeaders();
		super.sendRedirect(location, status, clearBuffer);
	}

	private final class HeaderWritingStream extends ServletOutputStream {

		private final ServletOutputStream stream;

		HeaderWritingStream(ServletOutputStream stream) {
			this.stream = stream;
		}

		@Override
		public void write(int b) throws IOException {
			writeHeaders();
			this.stream.write(b);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			writeHeaders();
			this.stream.write(bytes, offset, length);
		}

		@Override
		public void flush() throws IOException {
			writeHeaders();
			this.stream.flush();
		}

		@Override
		public void close() throws IOException {
			writeHeaders();
			this.stream.close();
		}

		@Override
		public boolean isReady() {
			return this.stream.isReady();
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			this.stream.setWriteListener(listener);
		}

	}

	private final class HeaderWritingWriter extends PrintWriter {

		HeaderWritingWriter(PrintWriter writer) {
			super(writer);
		}

		@Override
		public void write(int c) {
			writeHeaders();
			super.write(c);
		}

		@Override
		public void write(char[] buffer, int offset, int length) {
			writeHeaders();
			super.write(buffer, offset, length);
		}

		@Override
		public void write(String text, int offset, int length) {
			writeHeaders();
			super.write(text, offset, length);
		}

		@Override
		public void flush() {
			writeHeaders();
			super.flush();
		}

	}

}
