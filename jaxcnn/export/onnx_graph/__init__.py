"""Networks as ONNX files: written from their layers, made smaller, and run.

- `_graph` builds a graph node by node; `_layers` says which nodes each layer becomes, with
  `_convolutions`, `_poolings`, `_normalizations` and `_activations`.
- `_model` puts input, layers, output and `_properties` together, with `_pictures` where pictures of
  any size are resized inside, and lets ONNX check the result; `_onnx` writes it, and `_result` is
  what was written.
- `_runtime` runs a file in ONNX Runtime.
- `_quantize` lets ONNX Runtime's tool make a file of int8 numbers, and compares the predictions of
  both, for the inputs of `_file_inputs`; `_quantization` is the result.
- `predictor/predict.py` is the script that `_predictor` writes beside a file; it imports no jaxcnn.
"""
