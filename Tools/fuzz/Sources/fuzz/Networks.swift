import Tensors

/// The reader of ONNX files: a model that somebody registers.
enum Networks {
    static func take(_ input: UnsafeRawBufferPointer) -> CInt {
        do {
            _ = try Model(onnx: [UInt8](input))
        } catch {
            // Refused: the ordinary end here.
        }
        return 0
    }
}
